"""Measures speed and size and writes them as JSON; never passes or fails on a time."""
