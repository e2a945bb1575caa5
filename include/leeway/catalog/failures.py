"""What a database's errors mean, said for a person and without the URL's password."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError, IntegrityError

from leeway.errors import CatalogError, ConflictError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import URL

_BUSY = {"40001", "40P01", "55P03"}  # serialization failure, deadlock, lock timeout
_NO_TABLE = "42P01"


def is_busy(error: DBAPIError) -> bool:
    """Whether others were in the way, so that trying again may help."""
    return _state(error) in _BUSY or "is locked" in str(error.orig)


@contextmanager
def explained(url: URL) -> Iterator[None]:
    """Turn database errors into catalog errors.

    Raises:
        CatalogError: CAT001 if the connection was lost, CAT002 if tables are missing, CAT005 if others kept it locked.
        ConflictError: if a unique key was taken by somebody else.
    """
    try:
        yield
    except IntegrityError as error:
        raise ConflictError(
            f"somebody else wrote it first: {first_line(error, url)}", do="Read the catalog again and decide again."
        ) from error
    except DBAPIError as error:
        raise _meaning(error, url) from error


def _meaning(error: DBAPIError, url: URL) -> CatalogError:
    reason = first_line(error, url)
    if is_busy(error):
        return CatalogError(f"others keep the catalog locked: {reason}", code="CAT005", do="Try again.")
    if _state(error) == _NO_TABLE or "no such table" in reason:
        return not_migrated(reason)
    if error.connection_invalidated:
        return CatalogError(f"the connection to the catalog was lost: {reason}", code="CAT001", do="Try again.")
    return CatalogError(f"the database refused: {reason}")


def not_migrated(reason: str) -> CatalogError:
    """The error for a database without the catalog's tables, or with older ones."""
    return CatalogError(f"the catalog is not migrated: {reason}", code="CAT002", do="Run `leeway migrate`.")


def first_line(error: DBAPIError, url: URL) -> str:
    """The driver's own words, without statement, parameters and password."""
    words = str(error.orig).strip().partition("\n")[0]
    return words.replace(str(url.password), "***") if url.password else words


def _state(error: DBAPIError) -> str | None:
    return getattr(error.orig, "pgcode", None)
