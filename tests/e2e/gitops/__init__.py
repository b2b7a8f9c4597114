"""End-to-end tests: gitops."""
