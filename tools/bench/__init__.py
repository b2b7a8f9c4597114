"""Measures speed and size and writes them as JSON."""
