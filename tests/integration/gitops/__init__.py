"""What GitOps tools make of our resource, by their own code; never a cluster (that is tests/e2e/gitops)."""
