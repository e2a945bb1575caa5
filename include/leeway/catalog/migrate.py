"""Bringing a database to this version of leeway, and telling whether it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import column, inspect, select, table

from leeway.catalog.failures import not_migrated
from leeway.core import SchemaRevision
from leeway.errors import CatalogError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from leeway.catalog.engine import Database

REVISIONS = ("0001", "0002")
"""Every revision that this code knows, oldest first; a test compares them with the migrations."""
VERSION_TABLE = "catalog_revision"
_ALL_MODELS = "* migration"  # a lock that no model has: their names hold no star


def migrate(database: Database) -> None:
    """Create or upgrade the tables, in one transaction.

    Raises:
        CatalogError: CAT001 if the database cannot be reached, CAT003 if a newer leeway has migrated it.
    """
    database.prepare()
    with database.write(_ALL_MODELS) as connection:
        if _revision(connection) != REVISIONS[-1]:
            upgrade(connection, REVISIONS[-1])


def check(database: Database) -> None:
    """Make sure that the database is reachable and migrated by this version.

    Raises:
        CatalogError: CAT001, CAT002 or CAT003.
    """
    found, needed = revision_of(database)
    if found != needed:
        raise not_migrated(f"it is at revision {found}, this leeway needs {needed}" if found else "it is empty")


def revision_of(database: Database) -> SchemaRevision:
    """Which revision the database has.

    Raises:
        CatalogError: CAT001 if it cannot be reached, CAT003 if a newer leeway has migrated it.
    """
    if database.file is not None and not database.file.exists():
        return SchemaRevision(None, REVISIONS[-1])  # connecting would make an empty one
    with database.read() as connection:
        return SchemaRevision(_revision(connection), REVISIONS[-1])


def _revision(connection: Connection) -> str | None:
    """The revision of the database, None before the first.

    Raises:
        CatalogError: CAT003 if this code does not know it.
    """
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found: str | None = connection.scalar(select(column("version_num")).select_from(table(VERSION_TABLE)))
    if found is not None and found not in REVISIONS:
        raise CatalogError(
            f"the catalog is at revision {found}, made by a newer leeway; this one knows up to {REVISIONS[-1]}",
            code="CAT003",
            do="Update leeway here, as on the other machines.",
        )
    return found


def upgrade(connection: Connection, revision: str) -> None:
    """Bring a database up to a revision, within a transaction that lets one process migrate at a time."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
