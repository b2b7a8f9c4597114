"""Resources without a cluster: files, the embedded engines, the dry run."""
