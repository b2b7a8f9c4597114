"""The article's Flink program, made to run (README.md tells what changed and why); not how this project
counts (see ../../jobs).
"""

from pyflink.common.typeinfo import Types
from pyflink.datastream import DataStream, StreamExecutionEnvironment

env = StreamExecutionEnvironment.get_execution_environment()

# Read from socket
text = DataStream(env._j_stream_execution_environment.socketTextStream("localhost", 9999))

# Split and count words
counts = (
    text.flat_map(lambda line: line.split(), output_type=Types.STRING())
    .map(lambda word: (word, 1), output_type=Types.TUPLE([Types.STRING(), Types.INT()]))
    .key_by(lambda x: x[0])
    .sum(1)
)

# Print results
counts.print()
env.execute("Flink Streaming WordCount")
