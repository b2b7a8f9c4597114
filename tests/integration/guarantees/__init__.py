"""Each cell of docs/reference/guarantees.md, tested on real engines that are killed."""
