"""A real web server on this machine that answers as told."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(frozen=True)
class Answer:
    """What to send: ``cut`` closes the connection after that many bytes of the body."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None


@dataclass
class Site:
    """A running server: what was asked of it, and how it answers (request headers, path -> answer)."""

    url: str
    answer: Callable[[str, dict[str, str]], Answer] = lambda path, headers: Answer(status=404)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def answers(self, *answers: Answer) -> None:
        """Give these answers one after another, the last one for ever."""
        left = list(answers)
        self.answer = lambda path, headers: left.pop(0) if len(left) > 1 else left[0]


@contextmanager
def serving() -> Iterator[Site]:
    """Run a site on a free port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    site = Site(f"http://127.0.0.1:{server.server_address[1]}")
    server.site = site  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield site
    server.shutdown()
    server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        site: Site = self.server.site  # type: ignore[attr-defined]
        headers = {name.lower(): value for name, value in self.headers.items()}
        site.asked.append((self.path, headers))
        answer = site.answer(self.path, headers)
        self.send_response(answer.status)
        for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body[: answer.cut])
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""
