"""The engines, by the name that `spec.engine` gives them."""

from wordcount_operator.engines.base import Engine
from wordcount_operator.engines.flink import Flink
from wordcount_operator.engines.spark import Spark

_ALL: tuple[Engine, ...] = (Spark(), Flink())
ENGINES = {engine.info.name: engine for engine in _ALL}
