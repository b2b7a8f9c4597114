"""Where lines come from, on Spark: options → a streaming DataFrame with the text column `line`; never looks at a line."""

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as sf

from wordcount_core.generated_text import line_sql
from wordcount_core.options import WHITESPACE, Files, KafkaSource, Options, Rate, Socket
from wordcount_jobs.common.kafka_properties import properties


def lines(spark: SparkSession, options: Options) -> DataFrame:
    """One row a line; with it the record's `timestamp`, where windows go by that."""
    stream, source = spark.readStream, options.source
    match source:
        case Socket():
            frame = stream.format("socket").options(host=source.host, port=source.port).load()
            return frame.select(sf.col("value").alias("line"))
        case KafkaSource():
            frame = stream.format("kafka").options(**_kafka(source)).load()
            by_record = options.window is not None and options.window.timestamp == "kafka"
            stamp = ["timestamp"] if by_record else []
            return frame.select(sf.col("value").cast("string").alias("line"), *stamp)
        case Files():
            frame = stream.format("text").option("lineSep", "\n").option("recursiveFileLookup", "true")
            line = sf.col("value")
            return frame.load(source.path).select(_without_cr(line, options).alias("line"))
        case Rate():
            frame = stream.format("rate").option("rowsPerSecond", source.lines_per_second).load()
            return frame.selectExpr(f"{line_sql('value', source, 'DIV')} AS line")


def connection_closed(spark: SparkSession, source: Socket) -> bool:
    """Whether the server closed the connection, of which Spark says nothing: its reading thread is gone.

    Only to be asked after the first micro-batch, which is what makes Spark connect.
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
    """One CR before the LF belongs to the line's end, which matters only where it is no white space anyway.

    It is none right behind an instant, either.
    """
    prefixed = options.window is not None and options.window.timestamp == "prefix"
    if options.text.separator == WHITESPACE and not prefixed:
        return line
    return sf.when(sf.endswith(line, sf.lit("\r")), sf.regexp_replace(line, "\r\\z", "")).otherwise(line)
