"""Which version of a database's tables is there, and which is needed."""

from __future__ import annotations

from typing import NamedTuple


class SchemaRevision(NamedTuple):
    """The revision of a database's tables; migrations lead from one to the next."""

    found: str | None
    """None: the database is empty."""
    needed: str
    """What this code works with."""
