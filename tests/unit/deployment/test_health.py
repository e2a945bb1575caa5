"""The script of the health checks, against a real server."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "docker" / "health.py"
ANSWERS = {
    "/good": (200, {"scheduler": {"status": "healthy"}, "triggerer": {"status": "unhealthy"}}),
    "/broken": (500, {}),
}


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        status, content = ANSWERS[self.path]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def log_message(self, *_):
        """Says nothing."""


@pytest.fixture(scope="module")
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()


def check(*arguments):
    done = subprocess.run([sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode


@pytest.mark.parametrize(
    ("path", "component", "status"),
    [
        ("/good", (), 0),
        ("/good", ("scheduler",), 0),
        ("/good", ("triggerer",), 1),
        ("/good", ("nobody",), 1),
        ("/broken", (), 1),
    ],
)
def test_a_service_is_healthy_if_it_answers_so(server, path, component, status):
    assert check("http", server + path, *component) == status


def test_a_service_that_is_not_there_is_not_healthy():
    assert check("http", "http://127.0.0.1:9/") == 1
