"""End-to-end tests: state."""
