"""Writes to Kafka topics and follows them, by Kafka's own console programs in a pod."""

import json
import subprocess
import threading
from collections import Counter
from collections.abc import Iterable
from tempfile import TemporaryFile

from tools.testbed.kube import Space, command

SERVER = "kafka:9092"
POD = "kafka-client"
HUNG = -9
"""Exit status of a tunnel that was cut; what went through it is judged by what was counted."""
_JAVA = ("java", "-Xmx128m", "-XX:TieredStopAtLevel=1", "@/opt/kafka/class-path")
_PRODUCER = "org.apache.kafka.tools.ConsoleProducer"
_CONSUMER = "org.apache.kafka.tools.consumer.ConsoleConsumer"
# A program in a pod outlives the kubectl that started it; this one ends when its standard input does.
_UNTIL_END_OF_INPUT = ("sh", "-c", '"$@" & cat; kill $!', "sh")


def consumer(topic: str, *parts: str) -> tuple[str, ...]:
    """The program that prints a topic from its beginning until its standard input ends: these parts of a
    record, then its value.
    """
    words = (*_JAVA, _CONSUMER, "--bootstrap-server", SERVER, "--topic", topic, "--from-beginning")
    shown = (word for part in parts for word in ("--formatter-property", f"print.{part}=true"))
    return (*_UNTIL_END_OF_INPUT, *words, *shown)


def end(space: Space, topic: str) -> int:
    """How many records a topic was given so far."""
    words = (*_JAVA, "org.apache.kafka.tools.GetOffsetShell", "--bootstrap-server", SERVER, "--topic", topic)
    partitions = space.kubectl("exec", POD, "--", *words).split()
    return sum(int(partition.rpartition(":")[2]) for partition in partitions)


class Producer:
    """Sends lines to a topic while it is open, and keeps what it sent.

    Closing waits until Kafka has them all.
    """

    def __init__(self, space: Space, topic: str) -> None:
        # On a busy machine an answer may take longer than the 1.5 s that this program waits by itself.
        patience = ("--request-timeout-ms", "30000", "--message-send-max-retries", "100")
        words = (*_JAVA, _PRODUCER, "--bootstrap-server", SERVER, "--topic", topic, *patience)
        self._process = subprocess.Popen(
            _exec(space, *words), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        self.lines: list[str] = []

    def send(self, lines: Iterable[str]) -> None:
        """Send lines at once."""
        assert self._process.stdin
        for line in lines:
            self._process.stdin.write(line.encode() + b"\n")
            self.lines.append(line)
        self._process.stdin.flush()

    def close(self) -> None:
        """Ends the program; raises AssertionError where it could not send all."""
        assert self._process.stdin
        self._process.stdin.close()
        assert _ended(self._process) in (0, HUNG), "the console producer could not send all lines"


class Follower:
    """Reads a topic from its beginning on and keeps each record's key and value, in order, until it is
    closed.
    """

    def __init__(self, space: Space, topic: str) -> None:
        self._errors = TemporaryFile()  # noqa: SIM115 - closed with the follower
        self._process = subprocess.Popen(
            _exec(space, *consumer(topic, "key")),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )
        self.topic = topic
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def close(self) -> None:
        """Stop following."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        _ended(self._process)
        self._reader.join()
        self._process.stdout.close()
        self._errors.close()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            key, _, value = line.decode().rstrip("\n").partition("\t")
            self.record(key, value)

    def record(self, key: str, value: str) -> None:
        """Take one record."""
        raise NotImplementedError

    def check(self) -> None:
        """Raises AssertionError where the program ended by itself, and so the view is stale."""
        if self._process.poll() is not None:
            self._errors.seek(0)
            raise AssertionError(
                f"the console consumer of {self.topic} ended: {self._errors.read()[-1000:]!r}"
            )


class Lines(Follower):
    """The values of a topic: `all`, in order."""

    def __init__(self, space: Space, topic: str) -> None:
        self.all: list[str] = []
        super().__init__(space, topic)

    def record(self, key: str, value: str) -> None:
        """Take one line."""
        self.all.append(value)


class Counts(Follower):
    """The counts in a topic: the latest value of each word, the highest that ever was, and records that are
    none.
    """

    def __init__(self, space: Space, topic: str) -> None:
        self.latest: dict[str, int] = {}
        self.highest: Counter[str] = Counter()
        self.malformed: list[str] = []
        super().__init__(space, topic)

    def record(self, key: str, value: str) -> None:
        """Takes one upsert: key the word, value `{"word": …, "count": …}`."""
        try:
            document = json.loads(value)
            count = int(document["count"])
        except (ValueError, KeyError, TypeError):
            document, count = None, 0
        if document != {"word": key, "count": count}:
            self.malformed.append(f"{key}: {value}")
        self.latest[key] = count
        self.highest[key] = max(self.highest[key], count)

    def equal(self, expected: Counter[str]) -> bool:
        """Whether the latest value of each word is its true count, and none was ever higher."""
        self.check()
        assert not self.malformed, f"not counts: {self.malformed[:3]}"
        return dict(self.latest) == dict(expected) and dict(self.highest) == dict(expected)

    def difference(self, expected: Counter[str]) -> str:
        """Return the differences as a sentence for a person."""
        latest, highest = dict(self.latest), dict(self.highest)
        wrong = sorted(word for word in {*expected, *latest} if latest.get(word) != expected.get(word))
        high = sorted(word for word, count in highest.items() if count > expected[word])
        shown = {word: (latest.get(word), expected.get(word)) for word in wrong[:10]}
        return (
            f"{self.topic}: {len(wrong)} of {len(expected)} words differ, such as (topic, truth) {shown}; "
            f"{len(high)} were too high at some time, such as {high[:10]}; "
            f"{sum(latest.values())} of {expected.total()} words in all"
        )


def _ended(process: "subprocess.Popen[bytes]") -> int:
    """The exit status; a tunnel that hangs is cut, because on a busy machine kubectl's own pings may break it
    for good.
    """
    try:
        return process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _exec(space: Space, *words: str) -> list[str]:
    return command("-n", space.name, "exec", "-i", POD, "--", *words)
