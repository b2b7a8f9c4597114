"""Sources that a test fills while jobs read and die, each with what must then have been counted."""

import socketserver
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count as numbers
from pathlib import Path
from typing import Protocol

from tools.testbed.servers import kafka
from wordcount_core import generated_text, tokenizer, windows
from wordcount_core import options as o

Rows = dict[tuple[str, str], int]
"""(name of the window, or empty; word) → count."""
SIZE_MS = 120_000
"""Also the watermark: twelve pieces, since files are read in any order."""
WINDOW = o.Window(SIZE_MS, watermark_ms=SIZE_MS, timestamp="prefix")
BEGIN = 1_793_000_040_000 - 1_793_000_040_000 % SIZE_MS
"""The instant of the first line."""
MADE = o.Rate(100, 30, 5)
PIECE = 10
"""Lines that are fed at once; each is a second later than the one before."""


class SourceUnderTest(Protocol):
    """A source, and what is right."""

    @property
    def source(self) -> o.Source:
        """What the job is to read."""

    def more(self) -> None:
        """Some more lines; about twice a second."""

    def end(self) -> None:
        """The last lines, which close all windows."""

    def wrong(self, rows: Rows) -> str:
        """What is wrong with the counts, or missing; empty where all is right."""


class Lines:
    """Lines that can be read again, so each must be counted exactly once."""

    def __init__(self, windowed: bool) -> None:
        self.windowed = windowed
        self.lines: list[str] = []

    def next(self, far: bool = False) -> list[str]:
        """A piece, or the line that closes all windows."""
        first = len(self.lines)
        made = ["end"] if far else [generated_text.line(n, MADE) for n in range(first, first + PIECE)]
        ahead = 3_600_000 if far else 0
        if self.windowed:
            stamps = (windows.iso(BEGIN + 1000 * (first + n) + ahead) for n in range(len(made)))
            made = [f"{stamp} {line}" for stamp, line in zip(stamps, made, strict=True)]
        self.lines += made
        return made

    def expected(self) -> Rows:
        """The definition's counts of all windows but the last, which stays open."""
        if not self.windowed:
            return {("", word): n for word, n in tokenizer.count(self.lines, o.Text()).items()}
        read = [found for line in self.lines if (found := windows.stamped(line))]
        named = windows.document(windows.count(read, WINDOW, o.Text()))
        return {(name, word): n for name, each in named.items() for word, n in each.items() if word != "end"}

    def wrong(self, rows: Rows) -> str:
        """Each row that is not as it should be: found, expected."""
        correct = self.expected()
        keys = sorted(key for key in rows.keys() | correct.keys() if rows.get(key) != correct.get(key))
        return "; ".join(f"{key}: {rows.get(key)}, {correct.get(key)}" for key in keys[:10])


class Files(Lines):
    """Files of a folder."""

    def __init__(self, folder: Path, windowed: bool) -> None:
        super().__init__(windowed)
        folder.mkdir()
        self._folder, self._numbers = folder, numbers()
        self.source = o.Files(str(folder))

    def more(self) -> None:
        """One file more."""
        self._put(self.next())

    def end(self) -> None:
        """A file with the last line."""
        self._put(self.next(far=True))

    def _put(self, lines: list[str]) -> None:
        name = f"{next(self._numbers):04}.txt"
        part = self._folder / f".{name}"
        part.write_text("".join(f"{line}\n" for line in lines))
        part.rename(self._folder / name)


class Kafka(Lines):
    """A topic with two partitions; the pieces go to them in turn, so each is in the order of time."""

    def __init__(self, broker: kafka.Kafka, topic: str, windowed: bool) -> None:
        super().__init__(windowed)
        broker.create(topic, partitions=2)
        self._broker, self._topic, self._numbers = broker, topic, numbers()
        self.source = o.KafkaSource(broker.plain, (topic,))

    def more(self) -> None:
        """Some records."""
        self._broker.send(self._topic, self.next(), partition=next(self._numbers) % 2)

    def end(self) -> None:
        """The last line, in both partitions: time goes on only where it does in each."""
        last = self.next(far=True)
        self._broker.send(self._topic, last, partition=0)
        self._broker.send(self._topic, last, partition=1)
        self.lines += last


class Rate:
    """Made-up lines: whatever the job has come to, it counted the first N lines, each once."""

    source = MADE

    def more(self) -> None:
        """They make themselves."""

    def end(self) -> None:
        """They never end."""

    def wrong(self, rows: Rows) -> str:
        """Compares with as many lines as the counts hold."""
        found: Counter[str] = Counter()
        for (_, word), n in rows.items():
            found[word] += n
        lines, rest = divmod(found.total(), 10)
        expected = tokenizer.count((generated_text.line(n, MADE) for n in range(lines)), o.Text())
        return (
            ""
            if found == expected and lines
            else f"{lines} lines and {rest} words: {found - expected}, {expected - found}"
        )


class Socket:
    """A server that sends each line once, to whoever is connected: none may be counted twice, and some are
    lost.
    """

    def __init__(self, port: int, windowed: bool) -> None:
        self.source = o.Socket("127.0.0.1", port)
        self._windowed = windowed
        self._numbers = numbers()
        self._sent: list[str] = []
        self._ready = threading.Condition()
        self._ends = False
        self._last: list[str] = []

    def more(self) -> None:
        """Lines of one word, each another one."""
        with self._ready:
            self._sent += [self._line(next(self._numbers)) for _ in range(PIECE)]
            self._ready.notify_all()

    def _line(self, number: int, ahead: int = 0) -> str:
        stamp = f"{windows.iso(BEGIN + 1000 * number + ahead)} " if self._windowed else ""
        return f"{stamp}line{number}"

    def end(self) -> None:
        """Lines that no kill comes after."""
        first = next(self._numbers)
        self.more()
        self._last = [f"line{first + n}" for n in range(1, PIECE)]
        with self._ready:
            self._sent.append(self._line(first + PIECE + 1, ahead=3_600_000))
            self._ready.notify_all()

    def wrong(self, rows: Rows) -> str:
        """A line that was counted twice, or one of the last that was not counted."""
        twice = sorted(word for (_, word), n in rows.items() if n > 1)
        there = {word for _, word in rows}
        missing = [line for line in self._last if line not in there] if self._last else ["the end"]
        return "; ".join([*(f"{word} twice" for word in twice), *(f"{line} missing" for line in missing)])

    def serve(self, connection: socketserver.BaseRequestHandler) -> None:
        """Sends what comes from now on."""
        at = len(self._sent)
        with suppress(OSError):
            while not self._ends:
                with self._ready:
                    self._ready.wait(1)
                    lines, at = self._sent[at:], len(self._sent)
                connection.request.sendall("".join(f"{line}\n" for line in lines).encode())


@contextmanager
def served(windowed: bool) -> Iterator[Socket]:
    """The socket source with its server."""
    source: Socket

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            source.serve(self)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        source = Socket(server.server_address[1], windowed)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield source
        finally:
            source._ends = True
            server.shutdown()
