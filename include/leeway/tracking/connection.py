"""The connection to MLflow: how its library is set up, and what every call needs."""

from __future__ import annotations

import contextlib
import logging
import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from leeway.errors import TrackingError
from leeway.settings import settings
from leeway.tracking.database import MlflowDatabase
from leeway.tracking.errors import FIXES, already_there, said_plainly

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Experiment

    from leeway.core import SchemaRevision

_FIXED = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false"}
_DEFAULTS = {
    # Files go through MLflow's server. Otherwise it sends its clients on to its object store, under the name that it has
    # for it, which they may not reach: they find out after minutes of trying.
    "MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD": "false",
    "MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD": "false",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "GIT_PYTHON_REFRESH": "quiet",
}
TEMPORARY = "leeway-mlflow-"
"""How temporary folders of this package begin, so that the reaper knows them."""


def configure() -> None:
    """Set MLflow's library up for this process: no telemetry, no pickles, short waits, quiet. Before it is imported."""
    os.environ.update(_FIXED)
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)


class Connection:
    """One MLflow: an http(s) server, or a database that is spoken to directly. Connects at the first call.

    Args:
        url: MLflow's tracking URI: ``http://...``, ``sqlite:///...`` or ``postgresql://...``. May hold a password.
        artifacts: with a database, where artifacts go; default: beside the SQLite file, or in ``LEEWAY_HOME``.
    """

    def __init__(self, url: str, *, artifacts: str | Path | None = None) -> None:
        self._url = url
        self._artifacts = artifacts
        self._experiments: dict[str, str] = {}

    def prepare(self) -> None:
        """Make MLflow ready, once per deployment: migrate the database, or see that the server answers this client.

        Tasks must not meet an empty database: several that migrate it at the same time can break it for good.

        Raises:
            TrackingError: if the database or the server cannot be used.
        """
        configure()
        if self._is_server:
            self._check_server()
        else:
            self._database.migrate()

    @property
    def revision(self) -> SchemaRevision | None:
        """Which revision the database's tables have, and which this MLflow needs; None of a server, which hides it.

        Raises:
            TrackingError: MLF004 if a newer MLflow has migrated it, or if it cannot be reached.
        """
        configure()
        return None if self._is_server else self._database.revision()

    @cached_property
    def _client(self) -> MlflowClient:
        configure()
        from mlflow import MlflowClient

        configure()  # importing MLflow sets its own log level
        with said_plainly("connect to MLflow"):
            return MlflowClient(self._url, self._url)

    @property
    def _is_server(self) -> bool:
        return urlsplit(self._url).scheme in ("http", "https")

    @property
    def _database(self) -> MlflowDatabase:
        return MlflowDatabase(self._url)

    @property
    def _shown_url(self) -> str:
        """The server's address without credentials."""
        parts = urlsplit(self._url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"

    def _check_server(self) -> None:
        from mlflow.exceptions import MlflowException
        from mlflow.utils import credentials, rest_utils

        ask: Any = rest_utils.http_request
        host_of: Any = credentials.get_default_host_creds
        answers = False
        with contextlib.suppress(MlflowException):
            answers = ask(host_of(self._url), "/health", "GET", timeout=5, max_retries=0).status_code == 200
        if not answers:
            raise TrackingError(
                "the MLflow server does not answer its health check",
                code="MLF001",
                do=FIXES["MLF001"],
                server=self._shown_url,
            )
        with said_plainly("talk to the MLflow server"):
            self._client.search_experiments(max_results=1)

    def _experiment(self, model: str) -> str:
        """The id of the model's experiment, which is made if it does not exist."""
        if model not in self._experiments:
            self._experiments[model] = self._find_experiment(model) or self._make_experiment(model)
        return self._experiments[model]

    def _find_experiment(self, model: str) -> str | None:
        found: Experiment | None = self._client.get_experiment_by_name(f"leeway/{model}")
        if found is not None and found.lifecycle_stage == "deleted":
            self._client.restore_experiment(found.experiment_id)
        return None if found is None else str(found.experiment_id)

    def _make_experiment(self, model: str) -> str:
        from mlflow.exceptions import MlflowException

        location = None if self._is_server else f"{self._artifact_root}/{model}"
        try:
            return str(self._client.create_experiment(f"leeway/{model}", artifact_location=location))
        except MlflowException as error:
            if already_there(error) and (other := self._find_experiment(model)):
                return other
            raise

    @property
    def _artifact_root(self) -> str:
        if self._artifacts is None:
            file = self._database.file
            folder = file.resolve().parent if file is not None else settings().home.resolve()
            return (folder / "mlflow-artifacts").as_uri()
        return self._artifacts.resolve().as_uri() if isinstance(self._artifacts, Path) else self._artifacts
