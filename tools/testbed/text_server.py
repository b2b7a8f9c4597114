"""A server of text on a port of this machine, as a program's socket source needs it."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def text_server(data: bytes, hang_up: bool = True) -> Iterator[int]:
    """A server that sends `data` to whoever connects, and then hangs up or waits for the end; its port."""
    ended = threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(ConnectionError):
                self.request.sendall(data)
                if not hang_up:
                    ended.wait()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            ended.set()
            server.shutdown()
