"""What tests, demo, benches and chaos run against: a deployment, real servers and jobs."""

ENGINES = ("spark", "flink")
