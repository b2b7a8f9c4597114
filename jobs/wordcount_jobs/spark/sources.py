"""Makes the streaming DataFrame of a source, on Spark, with the text column `line`."""

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as sf

from wordcount_core.generated_text import line_sql
from wordcount_core.options import WHITESPACE, Files, KafkaSource, Options, Rate, Socket
from wordcount_jobs.common.kafka_properties import properties


def lines(spark: SparkSession, options: Options) -> DataFrame:
    """Return one row for each line, with the record's `timestamp` if the windows use it."""
    stream, source = spark.readStream, options.source
    match source:
        case Socket():
            frame = stream.format("socket").options(host=source.host, port=source.port).load()
            return frame.select(sf.col("value").alias("line"))
        case KafkaSource():
            frame = stream.format("kafka").options(**_kafka(source)).load()
            by_record = options.window is not None and options.window.timestamp == "kafka"
            carried = ["timestamp"] if by_record else []
            return frame.select(sf.col("value").cast("string").alias("line"), *carried)
        case Files():
            frame = stream.format("text").option("lineSep", "\n").option("recursiveFileLookup", "true")
            line = sf.col("value")
            return frame.load(source.path).select(_without_cr(line, options).alias("line"))
        case Rate():
            frame = stream.format("rate").option("rowsPerSecond", source.lines_per_second).load()
            return frame.selectExpr(f"{line_sql('value', source, 'DIV')} AS line")


def connection_closed(spark: SparkSession, source: Socket) -> bool:
    """Return whether the server closed the connection.

    Spark does not report it, but its reading thread is gone. Call it only after the first micro-batch,
    because Spark connects with that.
    """
    name = f"TextSocketSource({source.host}, {source.port})"
    return bool(spark._jvm.org.apache.commons.lang3.ThreadUtils.findThreadsByName(name).isEmpty())


def _kafka(source: KafkaSource) -> dict[str, str]:
    return {
        **{f"kafka.{key}": value for key, value in properties(source).items()},
        "subscribe": ",".join(source.topics),
        "startingOffsets": source.starting_offsets,
    }


def _without_cr(line: Column, options: Options) -> Column:
    """Remove one CR before the LF, which belongs to the line's end.

    This matters only if CR does not separate words anyway; directly after an instant it does not.
    """
    prefixed = options.window is not None and options.window.timestamp == "prefix"
    if options.text.separator == WHITESPACE and not prefixed:
        return line
    return sf.when(sf.endswith(line, sf.lit("\r")), sf.regexp_replace(line, "\r\\z", "")).otherwise(line)
