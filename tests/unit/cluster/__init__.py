"""Unit tests of tests/cluster: its pure parts; never a cluster."""
