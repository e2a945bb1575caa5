"""One Airflow for the tests of a process: its folder, its database and its users, and the DAGs of a test's project.

Airflow reads its environment when it is imported, and so do the DAG files: hence this is set before any import of it.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import socket
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

ROOT = Path(__file__).parents[1]
HOME = Path(tempfile.mkdtemp(prefix="leeway-airflow-"))
DAGS = ROOT / "dags"
PASSWORDS = HOME / "passwords.json"
USERS = {"admin": "admin", "user": "user", "viewer": "viewer"}
"""Users of Airflow's own simple login, with their roles; a user may start runs, a viewer may only look."""
PATH = "/team"
"""Airflow may have a path of its own below the name of its server, and all has to work there too."""
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
os.environ.update(
    {
        "AIRFLOW_HOME": str(HOME),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        # Each test has other DAGs of the same names: those of the one before must not stay for half a minute.
        "AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "0",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{name}:{role}" for name, role in USERS.items()),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(PASSWORDS),
        "AIRFLOW__API__BASE_URL": f"http://localhost{PATH}",
        "AIRFLOW__API_AUTH__JWT_SECRET": "only for the tests of this folder " * 2,
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{HOME / 'airflow.db'}",
        "AIRFLOW__DAG_PROCESSOR__DAG_VERSION_INFLATION_CHECK_LEVEL": "error",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
    }
)

from leeway.settings import settings  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import tiny
    from airflow_runs import Airflow


def set_password(user: str, password: str) -> None:
    """Give a user of this Airflow a password; it reads the file at each login."""
    known = json.loads(PASSWORDS.read_text()) if PASSWORDS.exists() else {}
    PASSWORDS.write_text(json.dumps({**known, user: password}))


@pytest.fixture
def at_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[tiny.Project], tiny.Project]]:
    """Make a project the one that this process works on, as a worker's environment would."""

    def enter(project: tiny.Project) -> tiny.Project:
        for name, value in project.env.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        return project

    yield enter
    settings.cache_clear()


@pytest.fixture(scope="session")
def database() -> None:
    """Airflow's database, migrated."""
    from airflow.utils import db

    db.initdb()


@pytest.fixture(scope="session")
def api(database: None) -> Iterator[str]:
    """The address of Airflow's API server with leeway's plugin, run in this process."""
    import uvicorn
    from airflow.api_fastapi.app import create_app

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()  # who connects before the server accepts has to wait, not to try again
        server = uvicorn.Server(uvicorn.Config(create_app(apps="core"), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}{PATH}"
        server.should_exit = True
        thread.join()


@pytest.fixture
def airflow(database: None) -> Iterator[Callable[[tiny.Project], Airflow]]:
    """Airflow with the DAGs of a project."""
    from airflow_runs import Airflow

    made: list[Airflow] = []

    def start(project: tiny.Project) -> Airflow:
        project.workspace()
        made.append(Airflow(DAGS))
        return made[-1]

    yield start
    for each in made:
        each.forget_runs()
