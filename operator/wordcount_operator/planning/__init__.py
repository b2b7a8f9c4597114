"""Decides what to do; pure: it reads no clock and no network, draws no random number, and names no engine."""
