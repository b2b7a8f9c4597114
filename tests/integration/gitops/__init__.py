"""What GitOps tools make of our resource, by their own code."""
