"""Tests; see CONTRIBUTING for what is where."""
