"""Unit tests of tools/chaos: its pure parts."""
