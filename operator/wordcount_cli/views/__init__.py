"""Turns data into the text that a terminal shows."""
