"""The engine `spark`."""

from wordcount_operator.engines.spark.engine import Spark

__all__ = ["Spark"]
