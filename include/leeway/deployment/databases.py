"""Brings the databases of Airflow, MLflow and the catalog to what this code needs."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Final

from leeway.catalog import Catalog
from leeway.errors import ServiceError
from leeway.services import mlflow_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MLFLOW_DATABASE: Final = "LEEWAY_MLFLOW_DATABASE"
"""Names MLflow's own database, which nobody but its server and this job may reach."""
_LAST_LINES: Final = 12


def bring_forward(environ: Mapping[str, str]) -> Iterator[str]:
    """Migrate each database; a sentence after each.

    Raises:
        ServiceError: SVC032 if a migration fails, with the end of what it said.
        CatalogError: if the catalog cannot be reached, or is newer than this code.
    """
    catalog = Catalog(environ["LEEWAY_CATALOG_URL"])
    try:
        catalog.migrate()
    finally:
        catalog.close()
    yield "the catalog is up to date"
    _run("Airflow", (sys.executable, "-m", "airflow", "db", "migrate"))
    yield "Airflow's database is up to date"
    _run("MLflow", mlflow_server.migration(environ[MLFLOW_DATABASE]))
    yield "MLflow's database is up to date"


def _run(whose: str, command: tuple[str, ...]) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)  # noqa: S603
    if done.returncode:
        end = "\n".join(done.stdout.splitlines()[-_LAST_LINES:])
        raise ServiceError(f"the migration of {whose}'s database failed:\n{end}", code="SVC032")
