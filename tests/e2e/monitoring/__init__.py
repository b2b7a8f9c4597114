"""End-to-end tests: monitoring."""
