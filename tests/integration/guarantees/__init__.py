"""What docs/reference/guarantees.md says of each source, sink and engine, each cell held against real engines that are killed."""
