"""Measures one resource on both engines, for `wordcount compare`."""
