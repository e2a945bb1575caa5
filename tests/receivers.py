"""A mail server and a web server that keep what they are sent, for tests of alerts."""

from __future__ import annotations

import json
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage


class WebServer:
    """Takes what is posted; answers with ``status``, or closes the connection where that is 0."""

    def __init__(self) -> None:
        self.status = 200
        self.asked = 0
        self.posted: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.port = 0

    @property
    def url(self) -> str:
        """Where it is, with a secret in its path."""
        return f"http://127.0.0.1:{self.port}/hooks/T0S3CRET"

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        """Keep a request that is answered well."""
        self.asked += 1
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        if self.status < 300:
            self.posted.append(json.loads(body))
            self.headers.append(dict(handler.headers))
            self.paths.append(handler.path)
        handler.send_response(self.status)
        if self.status in (301, 302):
            handler.send_header("Location", "http://127.0.0.1:9/elsewhere")
        handler.send_header("Content-Length", "0")
        handler.end_headers()


@contextmanager
def web_server() -> Iterator[WebServer]:
    """A web server on a free port."""
    kept = WebServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            kept.take(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.port = server.server_port
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class MailServer:
    """Takes mail for everybody but those it refuses."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refused: set[str] = set()
        self.port = 0

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        """Accept or refuse a recipient."""
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Keep a mail."""
        self.mails.append(message_from_bytes(envelope.content, policy=default))  # type: ignore[arg-type]
        return "250 OK"


class _FreePort(Controller):
    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """An SMTP server on a free port."""
    kept = MailServer()
    controller = _FreePort(kept, hostname="127.0.0.1", port=0)
    controller.start()
    kept.port = controller.port
    try:
        yield kept
    finally:
        controller.stop(no_assert=True)
