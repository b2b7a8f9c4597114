"""What tests, demo, benches and chaos run against: a deployment, real servers, jobs and what they counted."""

ENGINES = ("spark", "flink")
