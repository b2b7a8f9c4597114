"""End-to-end tests: causes."""
