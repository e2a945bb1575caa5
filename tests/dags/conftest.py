"""A real Airflow with its own SQLite database, in this process, and a tiny project whose DAGs it runs.

Airflow reads its environment when it is imported, and so do the DAG files: hence before any import of it.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

HOME = Path(tempfile.mkdtemp(prefix="leeway-airflow-"))
DAGS = Path(__file__).parents[2] / "dags"
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
os.environ.update(
    {
        "AIRFLOW_HOME": str(HOME),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        # Each test has other DAGs of the same names: those of the one before must not stay for half a minute.
        "AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "0",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(HOME / "passwords.json"),
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

    from airflow_runs import Airflow

    import tiny


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
