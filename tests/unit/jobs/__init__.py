"""Tests of the job code that need no engine; all of them together take a second or two."""
