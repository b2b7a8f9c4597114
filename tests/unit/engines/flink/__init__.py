"""Tests of the Flink engine, on recorded replies of a real JobManager (`answers/`)."""
