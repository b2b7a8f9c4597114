"""Sources, sinks and the run of one cell of docs/reference/guarantees.md."""
