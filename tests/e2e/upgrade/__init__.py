"""End-to-end tests: upgrade."""
