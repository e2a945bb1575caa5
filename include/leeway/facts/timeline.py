"""How a model did over time: the primary metric as realised and as estimated, who served, and what was done when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import Field

from leeway.core import Action, EntryKind, Estimate, Instant, Performance, Value, Window
from leeway.core.metric import higher_is_better
from leeway.evaluation.intervals import metric_interval
from leeway.facts.champions import Service, services
from leeway.facts.ledger import said
from leeway.facts.plain import Figure
from leeway.facts.windows import Limits, Span, judged_in

if TYPE_CHECKING:
    from leeway.core import Entry
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

UNDECIDED: Final = "undecided"
"""Status of a window about which no decision was made: it is being worked on, or was measured only."""


class Realised(Value):
    """The primary metric on the rows whose labels are known; ``coverage`` is their share of all rows.

    ``low`` and ``high`` are the 95 % interval of the labelled rows (`leeway.evaluation.intervals`), null where nothing
    honest can be said.
    """

    value: Figure
    low: Figure
    high: Figure
    labelled: int
    rows: int
    coverage: Figure


class Estimated(Value):
    """What the primary metric was thought to be before labels were known; muted: it has been wrong too often."""

    value: Figure
    low: Figure
    high: Figure
    muted: bool
    reason: str


class Point(Value):
    """One window. ``flagged`` counts what was flagged in it by kind of signal."""

    window: Span
    status: str = Field(description="measured | unscored (no champion yet) | quarantined | undecided")
    rows: int
    champion: int | None
    realised: Realised | None
    estimated: Estimated | None
    flagged: dict[str, int]


class Mark(Value):
    """Something that was decided or done: line ``seq`` of the ledger. Decisions to do nothing are no marks."""

    kind: EntryKind
    at: Instant
    window: Span | None
    what: str
    sentence: str
    seq: int
    version: int | None


class Timeline(Value):
    """A model over time, oldest first."""

    metric: str
    higher_is_better: bool
    time_zone: str
    windows: tuple[Point, ...]
    champions: tuple[Service, ...]
    marks: tuple[Mark, ...]


class _Measured(Value, extra="ignore"):
    """What a timeline needs of a measurement."""

    window: Window
    champion: int | None
    status: str
    rows: int
    matured: tuple[Performance, ...]
    estimated: Estimate | None = None


def timeline(ws: Workspace, spec: ModelSpec, *, since: str | None = None, until: str | None = None) -> Timeline:
    """The windows from ``since`` until ``until`` (dates or times, both included), with what is known of them now.

    Raises:
        SpecError: SPEC056 if a limit is neither a date nor a time.
    """
    told = Limits.of(spec, since, until)
    judged = judged_in(spec, told.end).end if told.end is not None else None
    measured = ws.catalog.parts(_Measured, spec.name, since=told.start, until=judged)
    flagged = ws.catalog.flagged_counts(spec.name, since=told.start, until=told.end)
    lines = ws.catalog.entries(spec.name)
    decided = {window.end: window for line in lines if (window := _decided(line)) is not None}
    realised = {found.window: found for one in measured for found in one.matured}
    return Timeline(
        metric=spec.metric,
        higher_is_better=higher_is_better(spec.metric),
        time_zone=spec.schedule.timezone,
        windows=tuple(
            Point(
                window=Span.of(one.window),
                status=one.status if one.window.end in decided else UNDECIDED,
                rows=one.rows,
                champion=one.champion,
                realised=_realised(spec, realised.get(one.window)),
                estimated=_estimated(spec, one.estimated),
                flagged=flagged.get(one.window, {}),
            )
            for one in measured
            if told.hold(one.window.end)
        ),
        champions=services(ws.catalog.promotions(spec.name)),
        marks=tuple(_mark(line, decided.get(line.at)) for line in lines if told.hold(line.at) and _is_mark(line)),
    )


def _decided(entry: Entry) -> Window | None:
    """The window that a line decides; None if it is no decision."""
    return Window.model_validate(entry.payload["window"]) if entry.kind is EntryKind.DECISION else None


def _is_mark(entry: Entry) -> bool:
    return entry.kind is not EntryKind.DECISION or entry.payload["action"] != Action.NONE


def _mark(entry: Entry, window: Window | None) -> Mark:
    """A line of the ledger as a mark at the window that ended then, if one did."""
    told = said(entry)
    return Mark(
        kind=entry.kind,
        at=entry.at,
        window=Span.of_any(window),
        what=told.what,
        sentence=told.sentence,
        seq=entry.seq,
        version=told.version,
    )


def _realised(spec: ModelSpec, found: Performance | None) -> Realised | None:
    if found is None:
        return None
    interval = metric_interval(found, spec.metric, spec.loss)
    return Realised(
        value=found.metrics.get(spec.metric),
        low=interval.low if interval is not None else None,
        high=interval.high if interval is not None else None,
        labelled=found.labelled,
        rows=found.rows,
        coverage=found.coverage,
    )


def _estimated(spec: ModelSpec, found: Estimate | None) -> Estimated | None:
    if found is None or spec.metric not in found.metrics:
        return None
    interval = found.metrics[spec.metric]
    return Estimated(value=interval.value, low=interval.low, high=interval.high, muted=found.muted, reason=found.reason)
