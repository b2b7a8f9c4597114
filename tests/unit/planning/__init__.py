"""Unit tests of the planning."""
