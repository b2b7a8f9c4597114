"""The article's Spark program as it was printed, one statement a line; not how this project counts (see
../../jobs).
"""

from pyspark.sql import SparkSession
from pyspark.sql.functions import explode, split

spark = SparkSession.builder.appName("SparkStreamingExample").getOrCreate()

# Read streaming data from socket
lines = spark.readStream.format("socket").option("host", "localhost").option("port", 9999).load()

# Split lines into words
words = lines.select(explode(split(lines.value, " ")).alias("word"))

# Count words
wordCounts = words.groupBy("word").count()  # noqa: N816 - the article's name

# Start query to console
query = wordCounts.writeStream.outputMode("complete").format("console").start()
query.awaitTermination()
