"""The local stack, seen from a terminal: starting it, finding the one that runs, and working with its databases."""

import fcntl
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple


class Running(NamedTuple):
    """Addresses of a local stack."""

    airflow: str
    mlflow: str


def running(home: Path) -> Running | None:
    """The local stack of a home, if it runs: the lock's file then says what runs where, and the lock is held.

    A stack that stops empties the file, so the lock is only tried where one runs or was killed: trying it for nothing
    could get in the way of a stack that is being started.
    """
    with suppress(OSError, ValueError, KeyError), (home / "stack.lock").open(encoding="utf-8") as file:
        said: Any = json.loads(file.read())
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return Running(said["airflow"], said["mlflow"])
    return None


def join(home: Path) -> None:
    """Let this process work with the stack that runs in its home, except where the environment names something else.

    The stack's tasks get the same variables: what Airflow has done shows in ``leeway status``, without any setting.
    """
    stack = running(home)
    if stack is None:
        return
    from leeway.services.postgres import Postgres
    from leeway.settings import settings

    os.environ.setdefault("LEEWAY_CATALOG_URL", Postgres(home.resolve()).url("leeway"))
    os.environ.setdefault("LEEWAY_MLFLOW_URL", stack.mlflow)
    settings.cache_clear()


def up() -> None:
    """Start PostgreSQL, MLflow and Airflow on this machine, and serve until Ctrl-C."""
    from leeway.cli.access import deployment
    from leeway.cli.output import pairs, screen
    from leeway.services.stack import Stack

    console = screen()
    project = Path(__file__).parents[3]
    stack = Stack(deployment().home, project)
    with stack.running(console.print):
        rows = [
            ("Airflow", stack.airflow_url),
            ("user", "admin"),
            ("password", stack.airflow.password),
            ("MLflow", stack.mlflow_url),
        ]
        console.print(pairs(rows))
        console.print("serving until Ctrl-C")
        stack.wait()
