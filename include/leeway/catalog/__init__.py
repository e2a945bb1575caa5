"""The catalog: what exists, what was measured, and what was decided, in PostgreSQL or SQLite."""

from leeway.catalog.catalog import Catalog
from leeway.catalog.trace import Note

__all__ = ["Catalog", "Note"]
