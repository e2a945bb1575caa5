"""The drill: split copies of a model's window, shift them by known sizes, and count what its drift check flags.

Nothing is written: not to the store, not to the catalog, not to MLflow.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from leeway.detectors.base import Observation
from leeway.drill.power import Curve, Rate
from leeway.drill.resampling import random_halves
from leeway.drill.shifts import Values, shifts_of
from leeway.drill.subject import Subject, subject_of, windows_before
from leeway.drill.trials import Trial, trials
from leeway.profiles.building import profile_frame
from leeway.profiles.layout import ColumnKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd

    from leeway.core import Window
    from leeway.drill.shifts import Shift
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

    Progress = Callable[[int, int], None]
    """(done, of) steps."""

DECOUPLED = (0.25, 0.5, 1.0)
"""Shares of rows in which one of two columns gets the value of another row."""
COUPLED = 0.1
"""Correlation of two columns, from which on there is something to decouple."""


@dataclass(frozen=True)
class Split:
    """How often two parts of the same data were taken for different.

    Args:
        name: ``random_halves``, ``consecutive_halves`` or ``resampled``.
        rate: splits in which anything was flagged.
        columns: how often each column was, without those that never were.
    """

    name: str
    rate: Rate
    columns: dict[str, int]


@dataclass(frozen=True)
class ColumnDrill:
    """What was noticed of a column's shifts."""

    name: str
    kind: ColumnKind
    curves: tuple[Curve, ...]


@dataclass(frozen=True)
class PairDrill:
    """What was noticed when two columns were decoupled.

    Args:
        names: the two columns that are correlated most.
        correlation: of the two, before.
        curve: by share of rows.
    """

    names: tuple[str, str]
    correlation: float
    curve: Curve


@dataclass(frozen=True)
class Drill:
    """All that a drill found."""

    subject: Subject
    splits: tuple[Split, ...]
    columns: tuple[ColumnDrill, ...]
    pair: PairDrill | None


def drill(
    ws: Workspace,
    spec: ModelSpec,
    window: Window | None = None,
    *,
    repeats: int = 20,
    seed: int = 0,
    progress: Progress | None = None,
) -> Drill:
    """Try a model's drift check on its own data: the same arguments give the same answer.

    Args:
        ws: the workspace; only read.
        spec: the model.
        window: a measured window; default: the newest.
        repeats: random splits, resampled windows, and at most as many windows for the consecutive halves.
        seed: of all that is drawn.
        progress: told after each step.

    Raises:
        ProfileError: PRO500 to PRO503 if the window cannot be drilled.
    """
    subject = subject_of(ws, spec, window)
    random = np.random.Generator(np.random.PCG64(seed))
    names = [name for name in subject.frame.columns if name in subject.layout.columns]
    told = progress or (lambda _done, _of: None)
    of = len(names) + 4
    halves = [_halved(subject, subject.frame, random_halves(len(subject.frame), random)) for _ in range(repeats)]
    told(1, of)
    in_time = [
        _halved(subject, frame, np.array_split(np.arange(len(frame)), 2))
        for frame in windows_before(ws, spec, subject.window, repeats)
    ]
    told(2, of)
    drawn = list(trials(subject, repeats, random))
    told(3, of)
    columns = []
    for done, name in enumerate(names, 4):
        if (found := _column(subject, name, drawn, random)) is not None:
            columns.append(found)
        told(done, of)
    pair = _pair(subject, drawn, random)
    told(of, of)
    splits = (
        _split("random_halves", halves),
        _split("consecutive_halves", in_time),
        _split("resampled", [trial.alarms for trial in drawn]),
    )
    return Drill(subject, splits, tuple(columns), pair)


def _halved(subject: Subject, frame: pd.DataFrame, halves: Iterable[Any]) -> set[str]:
    """What the model's detector flags between two parts of a frame."""
    one, two = (profile_frame(frame.iloc[rows], subject.layout) for rows in halves)
    signals = subject.check.detect(Observation(current=two, reference=one))
    return {signal.subject for signal in signals if signal.flagged}


def _split(name: str, alarms: list[set[str]]) -> Split:
    counts = Counter(column for found in alarms for column in found)
    return Split(name, Rate(sum(map(bool, alarms)), len(alarms)), dict(sorted(counts.items())))


def _column(subject: Subject, name: str, drawn: list[Trial], random: np.random.Generator) -> ColumnDrill | None:
    """Shift one column in every way that suits it; None if its values are not compared."""
    column = Values.of(subject.frame[name], subject.layout.columns[name])
    if column is None:
        return None
    without = Rate(sum(name in trial.alarms for trial in drawn), len(drawn))
    curves = tuple(_curve(column, name, shift, drawn, without, random) for shift in shifts_of(column))
    return ColumnDrill(name, column.layout.kind, curves)


def _curve(
    column: Values, name: str, shift: Shift, drawn: list[Trial], without: Rate, random: np.random.Generator
) -> Curve:
    rates: dict[float, Rate] = {}
    for size in shift.sizes:
        noticed = sum(trial.flags(name, shift.apply(column.taken(trial.rows), size, random)) for trial in drawn)
        rates[size] = Rate(noticed, len(drawn))
        if noticed == len(drawn):
            break
    return Curve(shift=shift.name, unit=shift.unit, without=without, rates=rates)


def _pair(subject: Subject, drawn: list[Trial], random: np.random.Generator) -> PairDrill | None:
    """Decouple the two numeric columns that are correlated most; None if no two are."""
    coded = drawn[0].reference.coded
    numbers = [name for name in coded.names if subject.layout.columns[name].kind is ColumnKind.NUMBER]
    correlations = np.triu(coded.arranged(numbers).correlations, 1)
    if not correlations.size or abs(correlations).max() < COUPLED:
        return None
    one, two = np.unravel_index(int(abs(correlations).argmax()), correlations.shape)
    names = numbers[int(one)], numbers[int(two)]
    rates: dict[float, Rate] = {}
    for share in (0.0, *DECOUPLED):
        noticed = sum(
            trial.flags_together(_decoupled(subject.frame.iloc[trial.rows], names[1], share, random)) for trial in drawn
        )
        rates[share] = Rate(noticed, len(drawn))
        if noticed == len(drawn):
            break
    without = rates.pop(0.0)
    curve = Curve(shift="decoupled", unit="share of rows", without=without, rates=rates)
    return PairDrill(names, float(correlations[one, two]), curve)


def _decoupled(frame: pd.DataFrame, name: str, share: float, random: np.random.Generator) -> pd.DataFrame:
    """Swap the values of a column among some of the rows: the column itself stays as it was."""
    chosen = np.flatnonzero(random.random(len(frame)) < share)
    order = np.arange(len(frame))
    order[chosen] = random.permutation(chosen)
    return frame.assign(**{name: frame[name].to_numpy()[order]})
