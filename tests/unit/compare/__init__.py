"""Unit tests of wordcount_compare."""
