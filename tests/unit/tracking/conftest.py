from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from typing import TYPE_CHECKING

import pytest

from leeway.tracking import Tracking

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """An empty, migrated MLflow database; migrating costs seconds, so tests copy it."""
    file = tmp_path_factory.mktemp("prepared") / "mlflow.db"
    Tracking(f"sqlite:///{file}").prepare()
    return file


@pytest.fixture
def url(prepared, tmp_path):
    return f"sqlite:///{shutil.copy(prepared, tmp_path / 'mlflow.db')}"


@pytest.fixture
def tracking(url):
    return Tracking(url)


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "fitted"
    (folder / "sub").mkdir(parents=True)
    (folder / "model.json").write_text('{"kind": "constant"}')
    (folder / "sub" / "weights.bin").write_bytes(bytes(range(256)))
    return folder


@pytest.fixture(scope="session")
def server(prepared, tmp_path_factory):
    """A real MLflow server on this machine, set up as deployments do it."""
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
    database = f"sqlite:///{shutil.copy(prepared, folder / 'mlflow.db')}"
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", host.rpartition(":")[2]]
    command += ["--workers", "1", "--backend-store-uri", database, "--artifacts-destination", str(folder / "artifacts")]
    command += ["--serve-artifacts", "--allowed-hosts", host]
    environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log, start_new_session=True)
    try:
        _wait_until_healthy(f"http://{host}", process, folder / "log")
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
