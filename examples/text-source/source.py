"""Serves a book by TCP, so many lines a second, to each connection from its first line; never more than the
standard library.

    python3 source.py BOOK [--port 9999] [--lines-per-second 200]

BOOK is a text file, plain or packed (.gz, .bz2). After its last line a connection stays open, as a stream
does.
"""

import argparse
import asyncio
import bz2
import contextlib
import gzip
import signal
import time
from collections.abc import Sequence
from pathlib import Path

SLICE = 0.02  # seconds by which lines may run ahead of their time before they wait


def read(path: Path) -> list[bytes]:
    """The lines of a book, without the line feeds; raises OSError where it cannot be read."""
    unpack = {".gz": gzip.decompress, ".bz2": bz2.decompress}.get(path.suffix, bytes)
    return unpack(path.read_bytes()).removesuffix(b"\n").split(b"\n")


async def send(writer: asyncio.StreamWriter, lines: Sequence[bytes], per_second: float) -> None:
    """Writes all lines in their time; per_second 0 is as fast as the reader reads."""
    began = time.monotonic()
    for number, line in enumerate(lines):
        if per_second and (ahead := number / per_second - (time.monotonic() - began)) > SLICE:
            await asyncio.sleep(ahead)
        writer.write(line + b"\n")
        await writer.drain()


async def listen(lines: Sequence[bytes], port: int, per_second: float) -> asyncio.Server:
    """Begins to serve on all addresses; port 0 is any free one."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await send(writer, lines, per_second)
            print(f"{writer.get_extra_info('peername')[0]} has all {len(lines)} lines", flush=True)
            await reader.read()
        writer.close()

    return await asyncio.start_server(connected, "0.0.0.0", port)  # noqa: S104 - other pods connect


async def main(book: Path, port: int, per_second: float) -> None:
    """Serves until SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    lines = read(book)
    await listen(lines, port, per_second)
    print(f"{len(lines)} lines of {book.name} on port {port}, {per_second:g} a second", flush=True)
    await stop.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Serves a book by TCP, line by line.")
    parser.add_argument("book", type=Path, help="a text file, plain, .gz or .bz2")
    parser.add_argument("--port", type=int, default=9999)
    parser.add_argument("--lines-per-second", type=float, default=200, help="0: as fast as the reader reads")
    asked = parser.parse_args()
    asyncio.run(main(asked.book, asked.port, asked.lines_per_second))
