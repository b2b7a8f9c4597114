"""Decides what to do, purely: no clock, no network, no randomness, and no engine's name in here."""
