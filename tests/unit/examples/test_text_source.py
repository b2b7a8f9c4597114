"""The demo's text source: each connection gets the whole book in its time, then stays open."""

import asyncio
import base64
import bz2
import gzip
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import yaml

HERE = Path(__file__).parents[3] / "examples" / "text-source"
BOOK = HERE.parent / "text" / "king-james-bible.txt.gz"


@asynccontextmanager
async def serving(book: Path, per_second: int) -> AsyncIterator[int]:
    """The program on a free port, stopped at the end; SIGTERM must end it with 0."""
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0) as free:
        port: int = free.sockets[0].getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            HERE / "source.py",
            book,
            "--port",
            str(port),
            "--lines-per-second",
            str(per_second),
        ),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert b"lines of" in await process.stdout.readline()
    try:
        yield port
    finally:
        process.terminate()
        await process.communicate()
    assert process.returncode == 0


async def received(port: int, size: int) -> bytes:
    """The first `size` bytes, after which nothing more may come and the connection must stay open."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    text = await asyncio.wait_for(reader.readexactly(size), 20)
    more = asyncio.create_task(reader.read(1))
    await asyncio.wait([more], timeout=0.2)
    assert not more.done(), "the connection was closed, or more came than was asked for"
    more.cancel()
    writer.close()
    return text


async def test_each_connection_gets_the_whole_book() -> None:
    """Two at once, byte for byte, as fast as they read."""
    text = gzip.decompress(BOOK.read_bytes())
    async with serving(BOOK, 0) as port:
        both = await asyncio.gather(received(port, len(text)), received(port, len(text)))
    assert list(both) == [text, text]


async def test_lines_come_in_their_time(tmp_path: Path) -> None:
    """50 lines at 100 a second take half a second."""
    book = tmp_path / "book.txt"
    book.write_bytes(b"In the beginning\r\n\n" * 25)
    async with serving(book, 100) as port:
        began = time.monotonic()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await asyncio.wait_for(reader.readexactly(book.stat().st_size), 20) == book.read_bytes()
        assert 0.4 < time.monotonic() - began < 3
        writer.close()


def test_the_manifest_holds_the_book_and_fits_into_a_config_map() -> None:
    """What is printed is what the pods mount; Kubernetes allows 1 MiB of data."""
    printed = subprocess.run(
        [sys.executable, HERE / "manifest.py"], check=True, capture_output=True, text=True
    )
    top, first, rest = printed.stdout.split("---\n", 2)
    assert top == "", "kubectl would take it for JSON to its end"
    config = json.loads(first)
    packed = base64.b64decode(config["binaryData"]["book.bz2"])
    assert bz2.decompress(packed) == gzip.decompress(BOOK.read_bytes())
    assert len(packed) + len(config["data"]["source.py"]) <= 1024**2
    assert [one["metadata"]["name"] for one in yaml.safe_load_all(rest)] == [
        "text-source",
        "text-source",
        "text-to-kafka",
    ]
