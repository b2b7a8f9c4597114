"""Talks to the cluster, and to Kafka from a pod in the cluster."""
