"""Airflow's own database: which revision its tables have, and bringing them forward. Airflow itself is not imported."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from leeway.core import SchemaRevision
from leeway.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alembic.script import ScriptDirectory

URL: Final = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
"""Airflow's variable that names its database."""
_LAST_LINES: Final = 12


@dataclass(frozen=True)
class AirflowDatabase:
    """The database that the variable `URL` names.

    Args:
        url: the variable's value. Holds a password.
    """

    url: str

    @classmethod
    def named_in(cls, environ: Mapping[str, str]) -> Self:
        """The database that the environment names.

        Raises:
            ServiceError: SVC063 if it names none.
        """
        if not environ.get(URL):
            raise ServiceError(f"{URL} is not set", code="SVC063", do="Set it as for Airflow's scheduler.")
        return cls(environ[URL])

    def revision(self) -> SchemaRevision:
        """Which revision the tables have, and which this Airflow needs. Nothing is changed.

        Raises:
            ServiceError: SVC062 if a newer Airflow has migrated it, SVC063 if it cannot be reached.
        """
        scripts = _scripts()
        needed, found = str(scripts.get_current_head()), self._found()
        _require_known(scripts, found, needed)
        return SchemaRevision(found, needed)

    def migrate(self) -> None:
        """Run ``airflow db migrate``. It would not refuse a newer database as plainly as `revision` does.

        Raises:
            ServiceError: SVC032 if it fails, with the end of what it said.
        """
        command = (sys.executable, "-m", "airflow", "db", "migrate")
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)  # noqa: S603
        if done.returncode:
            end = "\n".join(done.stdout.splitlines()[-_LAST_LINES:])
            raise ServiceError(f"the migration of Airflow's database failed:\n{end}", code="SVC032")

    def _found(self) -> str | None:
        from alembic.migration import MigrationContext
        from sqlalchemy import create_engine
        from sqlalchemy.exc import SQLAlchemyError
        from sqlalchemy.pool import NullPool

        try:
            with create_engine(self.url, poolclass=NullPool, hide_parameters=True).connect() as connection:
                return MigrationContext.configure(connection).get_current_revision()
        except SQLAlchemyError as error:
            raise ServiceError(
                f"Airflow's database cannot be reached ({type(error).__name__})",
                code="SVC063",
                do=f"Check {URL}, and that its database runs.",
            ) from None  # the driver's words may hold the password


def _scripts() -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    package = find_spec("airflow")
    assert package is not None, "Airflow is a locked dependency"
    assert package.origin is not None, "Airflow is a package of files"
    return ScriptDirectory(str(Path(package.origin).parent / "migrations"))


def _require_known(scripts: ScriptDirectory, found: str | None, needed: str) -> None:
    from alembic.util import CommandError

    try:
        if found is not None:
            scripts.get_revision(found)
    except CommandError:
        raise ServiceError(
            f"Airflow's database is at revision {found}, made by a newer Airflow; this one knows up to {needed}",
            code="SVC062",
            do="Update Airflow here, as on the other machines. A database is never taken back.",
        ) from None
