"""Tests of the Flink engine, on answers that a real JobManager gave (`answers/`); never a cluster."""
