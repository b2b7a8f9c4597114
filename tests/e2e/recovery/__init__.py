"""End-to-end tests: recovery."""
