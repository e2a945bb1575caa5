"""How good the scores of one window were: their distribution, their calibration, and each slice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leeway.core import Bin, PartitionKind, Performance, Value
from leeway.dataset import SCORE
from leeway.errors import CatalogError
from leeway.facts.columns import ColumnShares, column_shares
from leeway.facts.plain import Figure
from leeway.facts.windows import judged_in

if TYPE_CHECKING:
    from leeway.core import Window
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


_SUMS: Final = frozenset({"labelled", "positives", "loss", "variance"})
"""Figures of a level that are no metric."""


class Slice(Value):
    """One level of a slice column: its labelled rows, mean loss, and further metrics where they are kept."""

    column: str
    level: str
    rows: int | None
    metrics: dict[str, Figure]
    loss: Figure


class Quality(Value):
    """What is known of a window's scores; ``reliability`` and ``slices`` are empty until its labels are complete."""

    scores: ColumnShares | None
    reliability: tuple[Bin, ...]
    slices: tuple[Slice, ...]
    version: int | None


def quality_of(ws: Workspace, spec: ModelSpec, window: Window) -> Quality:
    """The scores of a window beside the champion's first ones, and how they compare with what came true.

    Raises:
        CatalogError: CAT023 if the window was never measured.
    """
    if ws.catalog.measurement(spec.name, window) is None:
        raise CatalogError("the window was not measured", code="CAT023", model=spec.name, window=window)
    found, scored = judged(ws, spec, window), ws.catalog.partition(spec.name, PartitionKind.PREDICTIONS, window)
    return Quality(
        scores=column_shares(ws, spec, window, SCORE) if scored is not None else None,
        reliability=found.reliability if found is not None else (),
        slices=slices_of(found) if found is not None else (),
        version=scored.champion if scored is not None else None,
    )


def judged(ws: Workspace, spec: ModelSpec, window: Window) -> Performance | None:
    """How the version that scored the window did, as soon as its labels are complete."""
    measured = ws.catalog.measurement(spec.name, judged_in(spec, window.end))
    matured = measured.matured if measured is not None else ()
    return next((found for found in matured if found.window == window), None)


def slices_of(found: Performance) -> tuple[Slice, ...]:
    """The levels of every slice column that had enough labelled rows."""
    return tuple(_slice(name, figures) for name, figures in found.slices.items())


def _slice(name: str, figures: dict[str, float]) -> Slice:
    column, _, level = name.partition("=")
    rows = figures.get("labelled")
    return Slice(
        column=column,
        level=level,
        rows=int(rows) if rows is not None else None,
        metrics={metric: value for metric, value in figures.items() if metric not in _SUMS},
        loss=figures.get("loss"),
    )
