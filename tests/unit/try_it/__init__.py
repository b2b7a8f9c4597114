"""Tests of `make try`: what it shows and says, without an engine."""
