"""How the slices of a model did over time, and how far apart the levels of a column are."""

from __future__ import annotations

import math
from itertools import groupby
from typing import TYPE_CHECKING

from leeway.catalog import FigureKind
from leeway.core import Value
from leeway.facts.plain import Figure
from leeway.facts.windows import Limits, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leeway.core import Performance
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


class SliceName(Value):
    """A level of a slice column."""

    column: str
    level: str


class Gap(Value):
    """How far apart the levels of a column are in one respect, window by window.

    ``gap`` is the figure of which it is the largest value less the smallest; of a sensitive column also every gap that
    is measured, such as ``equalized_odds_difference``.
    """

    column: str
    gap: str
    values: tuple[Figure, ...]


class SliceHistory(Value):
    """A figure of every slice, window by window: ``values[slice][window]``, null where it is not known.

    The figure is the primary metric where it is kept by slice, else the mean loss: ``metric`` names it.
    """

    metric: str
    slices: tuple[SliceName, ...]
    windows: tuple[Span, ...]
    values: tuple[tuple[Figure, ...], ...]
    gaps: tuple[Gap, ...]


def slice_history(
    ws: Workspace, spec: ModelSpec, *, since: str | None = None, until: str | None = None
) -> SliceHistory:
    """The windows from ``since`` until ``until`` (dates or times, both included) whose labels are complete.

    Raises:
        SpecError: SPEC056 if a limit is neither a date nor a time.
    """
    start, end = Limits.of(spec, since, until)
    judged = ws.catalog.figures(spec.name, since=start, until=end, kinds=[FigureKind.REALISED]).realised
    names = sorted({name for found in judged for name in found.slices})
    by_metric = any(spec.metric in figures for found in judged for figures in found.slices.values())
    metric, figure = (spec.metric, spec.metric) if by_metric else (spec.loss, "loss")
    values = {name: tuple(found.slices.get(name, {}).get(figure) for found in judged) for name in names}
    return SliceHistory(
        metric=metric,
        slices=tuple(_name(name) for name in names),
        windows=tuple(Span.of(found.window) for found in judged),
        values=tuple(values.values()),
        gaps=(*_gaps(metric, values), *_measured_gaps(judged)),
    )


def _name(name: str) -> SliceName:
    column, _, level = name.partition("=")
    return SliceName(column=column, level=level)


def _gaps(metric: str, values: Mapping[str, Sequence[float | None]]) -> Iterator[Gap]:
    """The largest value of any level less the smallest, for each column."""
    for column, group in groupby(values, key=lambda name: name.partition("=")[0]):
        levels = [values[name] for name in group]
        yield Gap(column=column, gap=metric, values=tuple(_spread(found) for found in zip(*levels, strict=True)))


def _measured_gaps(judged: Sequence[Performance]) -> Iterator[Gap]:
    """The gaps of sensitive columns (`leeway.evaluation.fairness`), as they were measured."""
    known = dict.fromkeys((column, gap) for found in judged for column, gaps in found.gaps.items() for gap in gaps)
    for column, gap in known:
        yield Gap(column=column, gap=gap, values=tuple(found.gaps.get(column, {}).get(gap) for found in judged))


def _spread(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None and math.isfinite(value)]
    return max(known) - min(known) if len(known) > 1 else None
