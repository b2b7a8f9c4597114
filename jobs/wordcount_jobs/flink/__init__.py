"""The word count on Flink; imported only where pyflink is installed."""
