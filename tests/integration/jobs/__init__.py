"""Tests that run the real engines, embedded; never a cluster."""
