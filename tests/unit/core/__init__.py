"""Unit tests of wordcount_core."""
