"""Which ports to listen on. All listeners are on 127.0.0.1: nothing of a local stack is reachable from outside."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Final

from leeway.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

HOST: Final = "127.0.0.1"
"""The only interface a local stack listens on."""

AIRFLOW_PORT: Final = "LEEWAY_AIRFLOW_PORT"
MLFLOW_PORT: Final = "LEEWAY_MLFLOW_PORT"
DEFAULTS: Final[Mapping[str, int]] = {AIRFLOW_PORT: 8080, MLFLOW_PORT: 5000}
"""Environment variable and the port used without it; 0 means any free port."""


def choose(variable: str, environ: Mapping[str, str] = os.environ) -> int:
    """Find out which port to use for what ``variable`` names.

    Returns:
        A port nobody listens on at this moment.

    Raises:
        ServiceError: SVC020 if somebody does, SVC021 if the variable holds no port.
    """
    text = environ.get(variable) or str(DEFAULTS[variable])
    if not text.isdecimal() or int(text) > 65535:
        raise ServiceError(
            f"{variable}={text!r} is not a port",
            code="SVC021",
            do="Give a number from 1 to 65535, or 0 for a free one.",
        )
    port = int(text) or free()
    if taken(port):
        raise ServiceError(
            f"port {port} is in use{_by_whom(port)}",
            code="SVC020",
            do=f"Stop what uses it, or set {variable} to another port (0 takes a free one).",
        )
    return port


def free() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def taken(port: int) -> bool:
    """Whether somebody listens on the port.

    Binding alone would not tell: some systems let 127.0.0.1 be bound beside a listener on all interfaces.
    """
    with socket.socket() as caller:
        caller.settimeout(1.0)
        if caller.connect_ex((HOST, port)) == 0:
            return True
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


def _by_whom(port: int) -> str:
    import psutil

    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    except (psutil.Error, OSError):
        pass  # some systems tell only root
    return ""
