"""Tests that run the real engines, embedded."""
