"""The word count on Flink; it needs pyflink."""
