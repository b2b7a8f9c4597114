"""What the end-to-end tests, the demo, chaos and benchmarks share on a running cluster."""
