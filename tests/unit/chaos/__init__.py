"""Unit tests of tests/chaos: its pure parts; never a cluster."""
