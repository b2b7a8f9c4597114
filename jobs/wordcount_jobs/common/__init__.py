"""What the programs of both engines share: Kafka, PostgreSQL, storage, preflight checks."""
