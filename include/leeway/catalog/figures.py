"""Figures: what measurements say about windows, found by the window that they are about.

A figure holds if it is of the newest revision of the window in which it was measured, and no later window speaks of the
same one again.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pydantic_core import from_json
from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    String,
    and_,
    exists,
    func,
    literal_column,
    select,
    type_coerce,
)

from leeway.canonical import canonical_json
from leeway.catalog.rows import asked, restore
from leeway.catalog.tables import figure, measurement
from leeway.core import Estimate, Measurement, Performance, Rival

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from leeway.catalog.engine import Database


class FigureKind(StrEnum):
    """What a figure is."""

    REALISED = "realised"
    ESTIMATED = "estimated"
    RIVAL = "rival"


class FiguresOf(NamedTuple):
    """What is known about a model's windows, each part by window, oldest first; a performance without its days."""

    realised: tuple[Performance, ...]
    estimated: tuple[Estimate, ...]
    rivals: tuple[Rival, ...]


class Point(NamedTuple):
    """A figure in short: from when its window is, of which version, and the metrics by name (None: not defined)."""

    kind: FigureKind
    start: datetime
    version: int
    metrics: dict[str, float | None]
    coverage: float | None
    """Realised: share of the scored rows whose label is known."""
    muted: bool
    """Estimated: whether earlier estimates were so wrong that it is not to be believed."""

    def value(self, metric: str) -> float | None:
        """One of the metrics; None if it is not defined, or not to be believed."""
        return None if self.muted else self.metrics.get(metric)


_VALUES: Final[dict[FigureKind, type[Performance | Estimate | Rival]]] = {
    FigureKind.REALISED: Performance,
    FigureKind.ESTIMATED: Estimate,
    FigureKind.RIVAL: Rival,
}


class Figures:
    """How versions did, or are thought to do, window by window."""

    _db: Database

    def figures(
        self,
        model: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        kinds: Collection[FigureKind] = tuple(FigureKind),
    ) -> FiguresOf:
        """The figures about windows that start at or after ``since`` and end by ``until``, by default about all.

        Args:
            model: the model's name.
            since: the earliest start of a window.
            until: the latest end of a window.
            kinds: which figures; parts of the other kinds stay empty.
        """
        wanted = [figure.c.model == model, figure.c.kind.in_(kinds), _holds(figure)]
        wanted += [figure.c.about_start >= since] if since is not None else []
        wanted += [figure.c.about_end <= until] if until is not None else []
        query = select(figure.c.kind, figure.c.body).where(*wanted).order_by(figure.c.about_start, figure.c.about_end)
        found: defaultdict[FigureKind, list[Any]] = defaultdict(list)
        with self._db.read() as connection:
            for kind, body in connection.execute(query.order_by(figure.c.position)):
                found[FigureKind(kind)].append(restore(_VALUES[FigureKind(kind)], body))
        return FiguresOf(*(tuple(found[kind]) for kind in FigureKind))

    def newest_points(self, models: Collection[str], count: int) -> dict[str, list[Point]]:
        """For each model the figures about its newest windows, realised and estimated, oldest first.

        Args:
            models: for which models; asking for many costs one query.
            count: how many windows of each kind, of those that figures were ever about.
        """
        held: dict[str, dict[tuple[FigureKind, datetime], Point]] = {model: {} for model in models}
        if models:
            with self._db.read() as connection:
                for model, point in map(_point, connection.execute(_newest(self._db, models, count))):
                    held[model][point.kind, point.start] = point  # a later window speaks last
        return {model: list(points.values()) for model, points in held.items()}


def figure_rows(measured: Measurement, key: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows that say what a measurement says, where ``key`` is the measurement's own."""
    return [{**key, "position": place, **row} for place, row in enumerate(_figures(measured))]


def _figures(measured: Measurement) -> Iterator[dict[str, Any]]:
    for found in measured.matured:
        body = found.model_copy(update={"days": ()})
        yield _row(FigureKind.REALISED, body, labelled=found.labelled, metrics=found.metrics)
    if (estimate := measured.estimated) is not None:
        means = {name: interval.value for name, interval in estimate.metrics.items()}
        yield _row(FigureKind.ESTIMATED, estimate, muted=estimate.muted, metrics=means)
    for rival in measured.rivals:
        yield _row(FigureKind.RIVAL, rival)


def _row(
    kind: FigureKind,
    body: Performance | Estimate | Rival,
    *,
    labelled: int | None = None,
    muted: bool | None = None,
    metrics: dict[str, float] | None = None,
) -> dict[str, Any]:
    return {
        "kind": kind.value,
        "about_start": body.window.start,
        "about_end": body.window.end,
        "version": body.version,
        "rows": body.rows,
        "labelled": labelled,
        "muted": muted,
        "metrics": canonical_json(metrics) if metrics is not None else None,
        "body": body.to_json(),
    }


def _holds(table: FromClause) -> ColumnElement[bool]:
    later = figure.alias("later")
    again = and_(
        *(later.c[name] == table.c[name] for name in ("model", "kind", "about_start", "about_end")),
        later.c.window_start > table.c.window_start,
        _of_newest_revision(later),
    )
    return and_(_of_newest_revision(table), ~exists().where(again))


def _of_newest_revision(table: FromClause) -> ColumnElement[bool]:
    same = (measurement.c[name] == table.c[name] for name in ("model", "window_start", "window_end"))
    newest = select(func.max(measurement.c.revision)).where(*same).scalar_subquery()
    return table.c.revision == newest


def _newest(database: Database, models: Collection[str], count: int) -> Select[Any]:
    """The figures from the start of the ``count``-th newest window on, which is looked up per model and kind."""
    kinds = (FigureKind.REALISED.value, FigureKind.ESTIMATED.value)
    pairs = [(model, kind) for model in models for kind in kinds]
    wanted, first = asked(database, {"model": String, "kind": String}, pairs), figure.alias("first")
    start = select(first.c.about_start).where(first.c.model == wanted.c.model, first.c.kind == wanted.c.kind)
    start = start.distinct().order_by(first.c.about_start.desc()).limit(1).offset(count - 1)
    since = func.coalesce(start.scalar_subquery(), literal_column("''")).label("since")
    # Materialized: else the look-up might be done again for every figure.
    limits = select(wanted.c.model, wanted.c.kind, since).cte("limits").prefix_with("MATERIALIZED")
    theirs = and_(
        figure.c.model == limits.c.model, figure.c.kind == limits.c.kind, figure.c.about_start >= limits.c.since
    )
    short = ("version", "rows", "labelled", "muted", "metrics")
    columns = (figure.c.model, figure.c.kind, type_coerce(figure.c.about_start, String), *(figure.c[n] for n in short))
    query = select(*columns).join_from(limits, figure, theirs)
    order = (figure.c.about_start, figure.c.about_end, figure.c.window_start)
    return query.where(_of_newest_revision(figure)).order_by(*order)


def _point(row: Any) -> tuple[str, Point]:
    """A model's name and a figure; rows come by the thousand, so each is taken apart once."""
    model, kind, start, version, rows, labelled, muted, metrics = row
    coverage = labelled / rows if labelled is not None and rows else None
    return model, Point(_KINDS[kind], datetime.fromisoformat(start), version, from_json(metrics), coverage, bool(muted))


_KINDS: Final = {kind.value: kind for kind in FigureKind}
