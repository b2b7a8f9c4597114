"""Unit tests of tools/chaos: its pure parts; never a cluster."""
