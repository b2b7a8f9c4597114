"""A kubeconfig whose API server is a table of answers in this process."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from tests.support.fake_api import Answers, kubeconfig


@pytest.fixture
def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Answers]:
    """Reached by the kubeconfig that $KUBECONFIG names; its context `home` has the namespace `words`."""
    table = Answers()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            sent = json.loads(self.rfile.read(length)) if length else None
            table.asked.append((f"{self.command} {self.path}", sent))
            path, query = urlsplit(self.path).path, urlsplit(self.path).query.lower()
            key = f"{'WATCH' if 'watch=true' in query else self.command} {path}"
            status, body = table.known.get(key, (404, "404 page not found"))
            self.send_response(status)
            self.send_header("Content-Type", "text/plain" if isinstance(body, str) else "application/json")
            self.end_headers()
            self.wfile.write((body if isinstance(body, str) else json.dumps(body)).encode())

        do_GET = do_PATCH = do_POST = _answer  # noqa: N815 - http.server's own names

        def log_message(self, *_: Any) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.01,)).start()
    file = tmp_path / "kubeconfig"
    file.write_text(yaml.safe_dump(kubeconfig(f"http://127.0.0.1:{server.server_port}")))
    monkeypatch.setenv("KUBECONFIG", str(file))
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(file))
    yield table
    server.shutdown()
    server.server_close()
