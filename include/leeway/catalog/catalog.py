"""The catalog as its users see it: every part over one database."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from leeway.catalog import migrate
from leeway.catalog.audit import Audit
from leeway.catalog.engine import LOCK_WAIT, Database
from leeway.catalog.fencing import Fencing
from leeway.catalog.figures import Figures
from leeway.catalog.fleet import Fleet
from leeway.catalog.freezes import Freezes
from leeway.catalog.ledger import Ledger
from leeway.catalog.measurements import Measurements
from leeway.catalog.partitions import Partitions
from leeway.catalog.promotions import Promotions
from leeway.catalog.trace import Trace
from leeway.catalog.versions import Versions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leeway.core import SchemaRevision


class Catalog(Fencing, Partitions, Measurements, Figures, Ledger, Promotions, Freezes, Versions, Fleet, Trace, Audit):
    """Everything leeway remembers outside the store and the model registry.

    Rows are immutable; what changes is appended, or moved by compare-and-set in one transaction that holds the model's
    lock. Making a catalog is cheap and connects to nothing: all catalogs of a process with one URL share their
    connections, and a forked child opens its own.

    Args:
        url: SQLAlchemy URL, ``postgresql://...`` or ``sqlite:///file``. It may hold a password and is never shown.

    Raises:
        CatalogError: CAT004 if the URL is not one of a PostgreSQL or SQLite database. Every method raises CAT001 if the
            database cannot be reached, CAT002 if it is not migrated and CAT005 if it stays locked by others.
    """

    def __init__(self, url: str) -> None:
        super().__init__(Database(url))

    def migrate(self) -> None:
        """Create the tables, or bring them to this version of leeway. Many processes at once are safe.

        Raises:
            CatalogError: CAT001 if the database cannot be reached, CAT003 if a newer leeway has migrated it.
        """
        migrate.migrate(self._db)

    @property
    def revision(self) -> SchemaRevision:
        """Which revision the tables have, and which this code needs.

        Raises:
            CatalogError: CAT001 if the database cannot be reached, CAT003 if a newer leeway has migrated it.
        """
        return migrate.revision_of(self._db)

    def check(self) -> None:
        """Make sure that the catalog can be used.

        Raises:
            CatalogError: CAT001 if it cannot be reached, CAT002 if it is not migrated, CAT003 if a newer leeway has
                migrated it.
        """
        migrate.check(self._db)

    @contextmanager
    def lock(self, model: str, *, wait: float = LOCK_WAIT) -> Iterator[None]:
        """Let one process at a time do slow work for a model, such as registering a version.

        The lock does not hold up publishing, is not re-entrant, and is released when the process dies.

        Args:
            model: the model's name.
            wait: how long to wait for another holder, in seconds.

        Raises:
            CatalogError: CAT005 if another process has held the lock for all that time.
        """
        with self._db.lock(model, wait=wait):
            yield

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        self._db.close()
