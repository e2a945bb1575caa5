from __future__ import annotations

import shutil

import pytest

from leeway.tracking import Tracking
from mlflow_servers import serving


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
    database = f"sqlite:///{shutil.copy(prepared, folder / 'mlflow.db')}"
    arguments = ("--backend-store-uri", database, "--artifacts-destination", str(folder / "artifacts"))
    with serving(folder, *arguments, environment={}) as url:
        yield url
