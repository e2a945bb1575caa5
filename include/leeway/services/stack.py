"""The whole local stack as one object: PostgreSQL, MLflow, Airflow."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx

from leeway.catalog import Catalog
from leeway.services import config, mlflow_server, ports, processes, versions
from leeway.services.airflow_client import AirflowClient
from leeway.services.lock import only_one
from leeway.services.postgres import Postgres
from leeway.services.supervisor import Component, Supervisor, Tell
from leeway.settings import TRAINING_POOL, TRAINING_POOL_IS_FOR, TRAINING_SLOTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from leeway.errors import ServiceError

_START_TIMEOUT: Final = 240.0  # seconds; a cold disk and two busy cores


@dataclass
class Stack:
    """PostgreSQL, MLflow and Airflow on this machine, for one home.

    Args:
        home: folder of all local state; short paths are best.
        repo: the project's folder, with ``dags``, ``plugins`` and ``include``.
        dags: folder of DAG files instead of ``<repo>/dags``.
        plugins: folder of plugins instead of ``<repo>/plugins``.
        parallelism: tasks that may run at a time.
    """

    home: Path
    repo: Path
    dags: Path | None = None
    plugins: Path | None = None
    parallelism: int = 4
    _supervisor: Supervisor | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self.home = self.home.resolve()
        self.repo = self.repo.resolve()

    @property
    def mark(self) -> str:
        """Name under which the processes of this home are found, see `processes`."""
        return hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]

    @cached_property
    def postgres(self) -> Postgres:
        """The embedded PostgreSQL."""
        return Postgres(self.home)

    @cached_property
    def airflow(self) -> config.AirflowConfig:
        """Airflow's configuration."""
        return config.AirflowConfig(
            home=self.home,
            dags=(self.dags or self.repo / "dags").resolve(),
            plugins=(self.plugins or self.repo / "plugins").resolve(),
            port=ports.choose(ports.AIRFLOW_PORT),
            database=self.postgres.url("airflow"),
            parallelism=self.parallelism,
        )

    @property
    def airflow_url(self) -> str:
        """Where Airflow's user interface is."""
        return self.airflow.url

    @cached_property
    def mlflow_url(self) -> str:
        """Where MLflow's user interface and API are."""
        return f"http://{ports.HOST}:{ports.choose(ports.MLFLOW_PORT)}"

    @property
    def catalog_url(self) -> str:
        """SQLAlchemy URL of the catalog's database."""
        return self.postgres.url("leeway")

    @cached_property
    def client(self) -> AirflowClient:
        """Airflow's REST API, as its administrator."""
        return AirflowClient(self.airflow.url, user=config.ADMIN, password=self.airflow.password)

    @cached_property
    def env(self) -> dict[str, str]:
        """Environment of every component and task, also right for commands that shall work with this stack."""
        ours = {
            "AIRFLOW_HOME": str(self.airflow.folder),
            "LEEWAY_HOME": str(self.home),
            "LEEWAY_CATALOG_URL": self.catalog_url,
            "LEEWAY_MLFLOW_URL": self.mlflow_url,
            "LEEWAY_MODELS": os.environ.get("LEEWAY_MODELS", str(self.repo / "include" / "models")),
            "MLFLOW_TRACKING_URI": self.mlflow_url,
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath))),
            **mlflow_server.ENVIRONMENT,
        }
        return config.environment(os.environ, ours, python_path=self.repo / "include")

    @property
    def failure(self) -> ServiceError | None:
        """Why the stack gave up on a component, if it did."""
        return self._supervisor.failure if self._supervisor else None

    def pids(self) -> dict[str, int]:
        """Process id of each running component."""
        return self._supervisor.pids() if self._supervisor else {}

    @contextmanager
    def running(self, tell: Tell = lambda _: None) -> Iterator[Stack]:
        """Run the stack for the length of a with block.

        The block sees KeyboardInterrupt for Ctrl-C and SystemExit for SIGTERM; at its end everything is stopped in any
        case. A second Ctrl-C stops by force.

        Args:
            tell: hears sentences about progress, restarts and stopping.

        Raises:
            ServiceError: SVC010 if this home's stack is running already, or what hinders a start.
        """
        with only_one(self.home) as lock, _sigterm_raises():
            orphans = processes.end_all(self.mark, grace=5.0)  # first: they hold ports and the database
            if orphans:
                tell(f"ended {orphans} processes that an earlier run had left behind")
            lock.write(json.dumps({"pid": os.getpid(), "airflow": self.airflow_url, "mlflow": self.mlflow_url}))
            lock.flush()
            self._supervisor = Supervisor(self.mark, logs=self.home / "logs", tell=tell)
            try:
                self._start(self._supervisor, tell)
                yield self
            finally:
                tell("stopping")
                self._stop(self._supervisor)
                tell("stopped")

    def wait(self) -> None:
        """Block until Ctrl-C, SIGTERM, or a component cannot be kept alive.

        Raises:
            ServiceError: SVC031 in the last case.
        """
        while self.failure is None:
            time.sleep(0.5)
        raise self.failure

    def _start(self, supervisor: Supervisor, tell: Tell) -> None:
        tell("starting PostgreSQL")
        self.postgres.prepare()
        self.airflow.write()
        supervisor.launch(self._postgres())
        supervisor.wait_until_healthy()
        self.postgres.create_databases()
        self._migrate(supervisor, tell)
        tell("starting MLflow and Airflow")
        supervisor.launch(self._mlflow(), self._airflow("api-server", "metadatabase"))
        supervisor.launch(  # stopped first: the end of a running task is reported to the API server
            self._airflow("scheduler", "scheduler", "--skip-serve-logs", grace=10.0),
            self._airflow("dag-processor", "dag_processor"),
            self._airflow("triggerer", "triggerer", "--skip-serve-logs"),
        )
        supervisor.wait_until_healthy(timeout=_START_TIMEOUT)
        # Airflow never starts a task whose pool does not exist.
        self.client.ensure_pool(TRAINING_POOL, slots=TRAINING_SLOTS, description=TRAINING_POOL_IS_FOR)
        tell("ready")

    def _migrate(self, supervisor: Supervisor, tell: Tell) -> None:
        """Bring all schemas up to date before a task can run; the slow ones once per version of Airflow and MLflow."""
        catalog = Catalog(self.catalog_url)
        try:
            catalog.migrate()
        finally:
            catalog.close()
        if versions.recorded(self.home):
            return
        tell("preparing the databases (once)")
        supervisor.run(
            self.env,
            airflow_migration=(sys.executable, "-m", "airflow", "db", "migrate"),
            mlflow_migration=mlflow_server.migration(self.postgres.url("mlflow")),
        )
        versions.record(self.home)

    def _stop(self, supervisor: Supervisor) -> None:
        try:
            supervisor.stop()
        except KeyboardInterrupt:
            supervisor.stop(at_once=True)
        self._supervisor = None

    def _postgres(self) -> Component:
        account = self.postgres.account
        return Component(
            name="postgres",
            command=self.postgres.command,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            healthy=self.postgres.ready,
            stop=signal.SIGINT,  # "fast shutdown": ends connections; SIGTERM would wait for them
            grace=20.0,
            account=(account.uid, account.gid),
        )

    def _mlflow(self) -> Component:
        port = int(self.mlflow_url.rsplit(":", 1)[1])
        artifacts = self.home / "mlflow-artifacts"
        command = mlflow_server.command(port=port, database=self.postgres.url("mlflow"), artifacts=artifacts)
        return Component("mlflow", command, self.env, healthy=self._mlflow_answers)

    def _mlflow_answers(self) -> bool:
        try:
            return httpx.get(f"{self.mlflow_url}/health", timeout=5.0, trust_env=False).is_success
        except httpx.HTTPError:
            return False

    def _airflow(self, name: str, health: str, *arguments: str, grace: float = 5.0) -> Component:
        command = (sys.executable, "-m", "airflow", name, *arguments)
        return Component(
            name=name,
            command=command,
            env=self.env,
            healthy=lambda: self.client.health()[health] == "healthy",
            grace=grace,
        )


@contextmanager
def _sigterm_raises() -> Iterator[None]:
    """Turn SIGTERM into SystemExit, so that with blocks and finally clauses run. Only the main thread can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(_number: int, _frame: FrameType | None) -> None:
        sys.exit(128 + signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
