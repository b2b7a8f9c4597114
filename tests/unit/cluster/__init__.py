"""Unit tests of tools/cluster: its pure parts."""
