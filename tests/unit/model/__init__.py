"""Tests of the words that planning, engines and adapters share."""
