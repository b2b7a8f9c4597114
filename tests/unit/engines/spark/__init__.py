"""Unit tests of the engine Spark."""
