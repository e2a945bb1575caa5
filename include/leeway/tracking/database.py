"""MLflow's own database: which revision its tables have, and bringing them forward. Elsewhere a server hides it."""

from __future__ import annotations

import contextlib
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leeway.core import SchemaRevision
from leeway.errors import TrackingError
from leeway.tracking.errors import FIXES, said_plainly

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine


class MlflowDatabase:
    """A database that holds runs and models. MLflow must be configured before.

    Args:
        url: SQLAlchemy URL. May hold a password.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    @property
    def file(self) -> Path | None:
        """The file of an SQLite database."""
        return Path(self._url.removeprefix("sqlite:///")) if self._url.startswith("sqlite:///") else None

    def revision(self) -> SchemaRevision:
        """Which revision the tables have, and which this MLflow needs.

        Raises:
            TrackingError: MLF004 if a newer MLflow has migrated it, MLF201 if it cannot be reached.
        """
        from mlflow.store.db import utils

        database: Any = utils
        needed = str(database._get_latest_schema_revision())
        if self.file is not None and not self.file.exists():
            return SchemaRevision(None, needed)  # connecting would make an empty one
        with said_plainly("look into MLflow's database"), self._engine() as engine:
            found = None if database._is_empty_database(engine) else database._get_schema_version(engine)
        _require_known(found, needed)
        return SchemaRevision(found, needed)

    def migrate(self) -> None:
        """Make the tables, or bring them to what this MLflow needs; what ``mlflow db upgrade`` does.

        Raises:
            TrackingError: MLF004 if a newer MLflow has migrated it, MLF003 if it cannot be done.
        """
        found, needed = self.revision()
        if self.file is not None and not self.file.exists():
            self._create_file(self.file)
        elif found != needed:
            with said_plainly("migrate MLflow's database"):
                self._upgrade(first=found is None)

    def _create_file(self, file: Path) -> None:
        """Create the store under another name: a migration that is killed leaves one that cannot be repaired."""
        with said_plainly("create MLflow's database", file=file):
            file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=file.parent, prefix=".mlflow-") as folder:
                fresh = Path(folder) / "mlflow.db"
                MlflowDatabase(f"sqlite:///{fresh}")._upgrade(first=True)
                with contextlib.suppress(FileExistsError):  # another process was faster; its store is as good
                    file.hardlink_to(fresh)

    def _upgrade(self, *, first: bool) -> None:
        from alembic.util import CommandError
        from mlflow.exceptions import MlflowException
        from mlflow.store.db import utils
        from sqlalchemy.exc import SADeprecationWarning

        database: Any = utils
        with self._engine() as engine, warnings.catch_warnings():
            warnings.simplefilter("ignore", SADeprecationWarning)  # MLflow's migrations are older than SQLAlchemy 2.1
            try:
                (database._initialize_tables if first else database._upgrade_db)(engine)
            except CommandError as error:
                raise MlflowException(str(error)) from error

    @contextlib.contextmanager
    def _engine(self) -> Iterator[Engine]:
        from mlflow.store.db import utils

        database: Any = utils
        engine: Engine = database.create_sqlalchemy_engine_with_retry(self._url)
        try:
            yield engine
        finally:
            engine.dispose()


def _require_known(found: str | None, needed: str) -> None:
    """Raises TrackingError MLF004 if this MLflow has no migration that leads to ``found``."""
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError
    from mlflow.store.db import utils

    database: Any = utils
    if found is None:
        return
    try:
        ScriptDirectory.from_config(database._get_alembic_config("")).get_revision(found)
    except CommandError:
        raise TrackingError(
            f"MLflow's database is at revision {found}, made by a newer MLflow; this one knows up to {needed}",
            code="MLF004",
            do=FIXES["MLF004"],
        ) from None
