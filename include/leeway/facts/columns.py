"""How a column was distributed in a window, beside what it was compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import Field

from leeway.core import PartitionKind, Signal, Value
from leeway.errors import CatalogError, did_you_mean
from leeway.facts.shares import ShareBin, ShareLevel, bins, levels
from leeway.facts.windows import Span
from leeway.profiles.layout import ColumnKind
from leeway.referencing import Reference, reference_of, window_profile

if TYPE_CHECKING:
    from leeway.core import Partition, Window
    from leeway.profiles.column import ColumnProfile
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

KINDS: Final = {
    ColumnKind.NUMBER: "numeric",
    ColumnKind.CATEGORY: "categorical",
    ColumnKind.TEXT: "text",
    ColumnKind.TIME: "time",
    ColumnKind.OTHER: "other",
    ColumnKind.EMPTY: "empty",
}
"""What kinds of columns are called where people read it."""


class Side(Value):
    """How many rows one side has, and how many of them without a value."""

    rows: int
    missing: int


class ReferenceSide(Side, populate_by_name=True, serialize_by_alias=True):
    """The reference, and where it comes from."""

    origin: str = Field(alias="from")


class ColumnShares(Value):
    """A column of a window beside its reference.

    Numbers have ``bins``, categories and the patterns of texts have ``levels``; both are empty for what has neither.
    ``reference`` is null while there is nothing to compare with: no champion yet, or the scores of its first window.
    """

    column: str
    window: Span
    kind: str
    reference: ReferenceSide | None
    current: Side
    bins: tuple[ShareBin, ...]
    levels: tuple[ShareLevel, ...]
    signals: tuple[Signal, ...]


def column_shares(ws: Workspace, spec: ModelSpec, window: Window, column: str) -> ColumnShares:
    """A column (or ``prediction``) of a measured window, beside the reference that the detectors held it against.

    Raises:
        CatalogError: CAT026 if the window has no profile, or no such column.
    """
    profile = ws.catalog.partition(spec.name, PartitionKind.PROFILE, window)
    if profile is None:
        raise CatalogError(
            "the window has no profile", code="CAT026", model=spec.name, window=window,
            do="Only measured windows have one, and none whose rows are in quarantine.",
        )  # fmt: skip
    columns = window_profile(ws, profile).columns
    if column not in columns:
        raise CatalogError(
            f"the window has no column {column!r}", code="CAT026", model=spec.name, window=window,
            do=did_you_mean(column, columns),
        )  # fmt: skip
    current, reference = columns[column], _reference(ws, spec, profile)
    known = reference.profile.columns.get(column) if reference is not None else None
    comparable = known if known is not None and known.layout == current.layout else None
    measured = ws.catalog.measurement(spec.name, window)
    return ColumnShares(
        column=column,
        window=Span.of(window),
        kind=KINDS[current.kind],
        reference=_side(reference, known, column),
        current=Side(rows=current.rows, missing=current.missing),
        bins=bins(comparable, current) if current.kind is ColumnKind.NUMBER else (),
        levels=levels(comparable, current) if current.kind in (ColumnKind.CATEGORY, ColumnKind.TEXT) else (),
        signals=tuple(one for one in measured.signals if one.subject == column) if measured is not None else (),
    )


def _reference(ws: Workspace, spec: ModelSpec, profile: Partition) -> Reference | None:
    """What the window was held against; None while the model had no champion."""
    if profile.champion is None:
        return None
    return reference_of(ws, spec, profile.window, ws.catalog.version(spec.name, profile.champion))


def _side(reference: Reference | None, known: ColumnProfile | None, column: str) -> ReferenceSide | None:
    if reference is None or known is None:
        return None
    return ReferenceSide(rows=known.rows, missing=known.missing, origin=reference.origin(column))
