"""How the local MLflow server is run: one process, artifacts served by it, for this machine's callers only."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from leeway.services.ports import HOST

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENT: Final = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",  # a pickle in the artifact store must not become code
}
"""For the server and for everybody who talks to it."""


def command(*, port: int, database: str, artifacts: Path) -> tuple[str, ...]:
    """Command line of the server.

    Args:
        port: on 127.0.0.1.
        database: SQLAlchemy URL, already migrated by `migration`.
        artifacts: folder that the server keeps artifacts in; clients never touch it.
    """
    names = ",".join(f"{host}:{port}" for host in (HOST, "localhost"))
    return (
        *(sys.executable, "-m", "mlflow", "server", "--host", HOST, "--port", str(port), "--workers", "1"),
        *("--backend-store-uri", database, "--artifacts-destination", str(artifacts), "--serve-artifacts"),
        *("--allowed-hosts", names, "--cors-allowed-origins", f"http://{HOST}:{port},http://localhost:{port}"),
    )


def migration(database: str) -> tuple[str, ...]:
    """Command line that brings the server's database up to date; to be run once, before any server."""
    return (sys.executable, "-m", "mlflow", "db", "upgrade", database)
