"""Decisions, pure: no clock, no network, no random number, no engine's name."""
