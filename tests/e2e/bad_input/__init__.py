"""End-to-end tests: bad input."""
