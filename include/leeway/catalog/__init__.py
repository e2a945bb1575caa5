"""The catalog: what exists, what was measured, and what was decided, in PostgreSQL or SQLite."""

from leeway.catalog.catalog import Catalog
from leeway.catalog.figures import FigureKind, FiguresOf, Point
from leeway.catalog.fleet import Flag, Latest, Tally
from leeway.catalog.trace import Note

__all__ = ["Catalog", "FigureKind", "FiguresOf", "Flag", "Latest", "Note", "Point", "Tally"]
