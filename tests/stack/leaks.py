"""Looks for the values of all secrets in every place where they do not belong."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from project import Project

_SHORT = 32
"""Shorter values of .env are ports and names of images."""


def leaks(project: Project, artifacts: Path) -> Iterator[tuple[str, list[str]]]:
    """Each place, and the names of the secrets that were found there."""
    secrets = {name: value for name, value in project.settings.items() if len(value) >= _SHORT}
    for place, text in _places(project, artifacts, list(secrets.values())):
        yield place, [name for name, value in secrets.items() if value in text]


def _places(project: Project, artifacts: Path, values: list[str]) -> Iterator[tuple[str, str]]:
    yield "logs of the containers", project.compose("logs", "--no-color")
    yield "history of the image", _said("docker", "history", "--no-trunc", "leeway:local")
    for database in ("airflow", "mlflow", "leeway"):
        dump = ("exec", "-T", "postgres", "pg_dump", "-U", "postgres", "--inserts", database)
        yield f"database {database}", project.compose(*dump)
    for volume in ("airflow-logs", "leeway-home"):
        yield f"volume {volume}", _found(project.volume(volume), values)
    yield "artifacts of MLflow", _found(artifacts, values)


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _found(folder: Path, values: list[str]) -> str:
    """Which of the values stand in a file of the folder, or in its name."""
    names = "\n".join(str(path) for path in folder.rglob("*"))
    found = subprocess.run(
        ["grep", "-raohF", "-e", "\n".join(values), str(folder)], capture_output=True, text=True, check=False
    ).stdout
    return names + found
