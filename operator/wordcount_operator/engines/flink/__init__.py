"""The engine `flink`."""

from wordcount_operator.engines.flink.engine import Flink

__all__ = ["Flink"]
