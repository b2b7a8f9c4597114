"""Unit tests of programs under examples/."""
