"""Tests; see tests/README or CONTRIBUTING for what lies where."""
