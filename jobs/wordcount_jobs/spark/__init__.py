"""The word count on Spark; imported only where pyspark is installed."""
