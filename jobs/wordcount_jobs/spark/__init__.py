"""The word count on Spark; it needs pyspark."""
