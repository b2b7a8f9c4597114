"""Tests with one real part: an API server, an engine, a monitoring or GitOps program."""
