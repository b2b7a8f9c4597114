"""End-to-end tests: tutorial."""
