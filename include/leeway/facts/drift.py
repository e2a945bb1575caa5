"""Which columns drifted when: one cell for every column and window."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from leeway.core import Signal, Value, Window
from leeway.facts.plain import Figure
from leeway.facts.windows import Limits, Span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

KINDS: Final = ("data", "prediction")
"""Kinds of signals that compare a distribution with its reference."""


class Subject(Value):
    """A column, or the prediction."""

    name: str
    kind: str


class Cell(Value):
    """What was found about a subject (its place in ``subjects``) in a window (its place in ``windows``)."""

    subject: int
    window: int
    effect: Figure
    threshold: Figure
    p_value: Figure
    flagged: bool
    statistic: Figure
    test: str
    sentence: str


class DriftMap(Value):
    """Columns x windows: the subjects that were flagged most often first, the windows oldest first."""

    subjects: tuple[Subject, ...]
    windows: tuple[Span, ...]
    cells: tuple[Cell, ...]


class _Compared(Value, extra="ignore"):
    """What the map needs of a measurement."""

    window: Window
    signals: tuple[Signal, ...] = ()


def drift_map(ws: Workspace, spec: ModelSpec, *, since: str | None = None, until: str | None = None) -> DriftMap:
    """The windows from ``since`` until ``until`` (dates or times, both included), as they were measured last.

    Raises:
        SpecError: SPEC056 if a limit is neither a date nor a time.
    """
    start, end = Limits.of(spec, since, until)
    measured = ws.catalog.parts(_Compared, spec.name, since=start, until=end)
    rows = [_by_subject(one.signals) for one in measured]
    flagged = Counter({subject: 0 for row in rows for subject in row})
    flagged.update(subject for row in rows for subject, signal in row.items() if signal.flagged)
    # Equally often: as the detectors name them, which is the order of the model's features.
    order = {subject: place for place, (subject, _) in enumerate(flagged.most_common())}
    return DriftMap(
        subjects=tuple(Subject(name=name, kind=kind) for kind, name in order),
        windows=tuple(Span.of(one.window) for one in measured),
        cells=tuple(
            _cell(signal, order[subject], window) for window, row in enumerate(rows) for subject, signal in row.items()
        ),
    )


def _by_subject(signals: Iterable[Signal]) -> dict[tuple[str, str], Signal]:
    """The signals by kind and subject; of two detectors that look at the same, the one that is flagged."""
    found: dict[tuple[str, str], Signal] = {}
    for signal in signals:
        subject = (signal.kind, signal.subject)
        if signal.kind in KINDS and (subject not in found or (signal.flagged and not found[subject].flagged)):
            found[subject] = signal
    return found


def _cell(signal: Signal, subject: int, window: int) -> Cell:
    return Cell(
        subject=subject,
        window=window,
        effect=signal.effect,
        threshold=signal.threshold,
        p_value=signal.p_value,
        flagged=signal.flagged,
        statistic=signal.statistic,
        test=signal.test,
        sentence=signal.sentence,
    )
