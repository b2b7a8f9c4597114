"""The engines by the name that `spec.engine` gives them; never more than this table."""

from wordcount_operator.engines.base import Engine
from wordcount_operator.engines.flink import Flink
from wordcount_operator.engines.spark import Spark

ENGINES: dict[str, Engine] = {"spark": Spark(), "flink": Flink()}
