"""Real MLflow servers for the tests: an open one on SQLite, and a guarded one as the container stack runs it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from objectstore import BUCKET

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from conftest import PostgresServer
    from objectstore import ObjectStore

FIXED = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}


@contextmanager
def serving(folder: Path, *arguments: str, environment: Mapping[str, str]) -> Iterator[str]:
    """Run ``mlflow server`` with these arguments besides those that all servers have; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", host.rpartition(":")[2]]
    command += ["--workers", "1", "--serve-artifacts", "--allowed-hosts", host, *arguments]
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env={**os.environ, **FIXED, **environment},
            cwd=folder,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _wait_until_healthy(f"http://{host}", process, log)
        yield f"http://{host}"
    finally:
        os.killpg(process.pid, 15)
        process.wait(30)


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the MLflow server did not start:\n{log.read_text()[-2000:]}")


@dataclass(frozen=True)
class Guarded:
    """A server on PostgreSQL that asks for a password and keeps artifacts in the object store."""

    url: str
    database: str
    password: str
    log: Path

    @property
    def environment(self) -> dict[str, str]:
        """The variables of a client."""
        return {"MLFLOW_TRACKING_USERNAME": "admin", "MLFLOW_TRACKING_PASSWORD": self.password}


@pytest.fixture(scope="session")
def guarded_mlflow(
    postgres: PostgresServer, object_store: ObjectStore, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Guarded]:
    """The server, started once; its role owns its two databases and may do nothing else."""
    folder = tmp_path_factory.mktemp("guarded")
    postgres.create_role("mlflow")
    database, users = (postgres.create_database(name, role="mlflow") for name in ("mlflow", "mlflow_auth"))
    made = Guarded("", database, "canary-of-mlflow-admin", folder / "log")
    subprocess.run(
        [sys.executable, "-m", "mlflow", "db", "upgrade", database],
        check=True,
        capture_output=True,
        env={**os.environ, **FIXED},
    )
    (folder / "auth.ini").write_text(f"[mlflow]\ndefault_permission = NO_PERMISSIONS\ndatabase_uri = {users}\n")
    environment = {
        **object_store.admin_environment,
        "MLFLOW_BACKEND_STORE_URI": database,
        "MLFLOW_AUTH_CONFIG_PATH": str(folder / "auth.ini"),
        "MLFLOW_AUTH_ADMIN_USERNAME": "admin",
        "MLFLOW_AUTH_ADMIN_PASSWORD": made.password,
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "canary-of-flask",
    }
    arguments = ("--app-name", "basic-auth", "--artifacts-destination", f"s3://{BUCKET}/mlflow")
    with serving(folder, *arguments, environment=environment) as url:
        yield Guarded(url, database, made.password, made.log)
