"""One model in one row: what pages of many models, and the head of a model's own page, show of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import AwareDatetime, BaseModel, Field

from leeway.catalog import FigureKind
from leeway.core import Action, Decision, Task
from leeway.core.metric import higher_is_better
from leeway.facts.health import Health
from leeway.facts.windows import Span
from leeway.showing import ACTED_ON

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from leeway.catalog import Catalog, Point
    from leeway.core import Signal
    from leeway.facts.standing import Standing

FLAGS_SHOWN: Final = 5
RECENT_WINDOWS: Final = 3
"""Where only the newest value counts: the metric of the newest window may not be defined."""


class ChampionFacts(BaseModel):
    """The version that serves."""

    version: int
    effective_from: AwareDatetime
    windows: int = Field(description="Decided windows that it has scored.")


class DecisionFacts(BaseModel):
    """The last decision."""

    action: Action
    reasons: list[str]
    sentence: str
    window: Span


class FlagFacts(BaseModel):
    """A flagged signal."""

    kind: str
    subject: str
    detector: str
    sentence: str


class FrozenFacts(BaseModel):
    """Who has frozen the model, and why."""

    effective_from: AwareDatetime
    reason: str
    by: str


class ModelRow(BaseModel):
    """How one model is, in one row."""

    model: str
    description: str
    owner: str
    tags: list[str]
    task: Task
    time_zone: str
    health: Health
    health_sentence: str
    champion: ChampionFacts | None
    last_window: Span | None
    decision: DecisionFacts | None
    flagged: list[FlagFacts] = Field(description="At most five, those first that decisions rest on.")
    flagged_count: int
    metric: str
    higher_is_better: bool
    realised: float | None = Field(description="Newest known.")
    estimated: float | None = Field(description="Newest; null while estimates are muted.")
    open_retrain: Span | None
    open_roll_back: Span | None
    waiting_challenger: int | None
    frozen: FrozenFacts | None
    late_by: float | None = Field(description="Seconds; null: monitoring is not late.")
    catching_up: bool = Field(description="Windows are overdue, and are being worked through.")
    next_window: Span | None = Field(description="Its end is when it runs; null after the schedule's end.")
    last_activity: AwareDatetime | None = Field(description="When something was last done for the model.")


def model_rows(catalog: Catalog, shown: Sequence[Standing]) -> list[ModelRow]:
    """The rows of models, in the order given: five queries, however many they are."""
    names = [standing.spec.name for standing in shown]
    points = catalog.newest_points(names, RECENT_WINDOWS)
    champions = [champion for standing in shown if (champion := standing.latest.champion) is not None]
    windows = catalog.decided_since({champion.model: champion.effective_from for champion in champions})
    noted = catalog.last_noted(names)
    decisions = [standing.latest.decision for standing in shown if standing.flags]
    signals = catalog.flagged_signals(decision for decision in decisions if decision is not None)
    return [
        _row(
            standing,
            points=points[standing.spec.name],
            windows=windows.get(standing.spec.name, 0),
            signals=signals.get(standing.spec.name, ()),
            noted=noted.get(standing.spec.name),
        )
        for standing in shown
    ]


def newest_values(points: Iterable[Point], metric: str) -> tuple[float | None, float | None]:
    """The newest realised value that is known, and the newest estimate, unless estimates are muted."""
    realised = estimated = None
    for point in points:
        if point.kind is FigureKind.ESTIMATED:
            estimated = point.value(metric)
        elif (value := point.value(metric)) is not None:
            realised = value
    return realised, estimated


def _row(
    standing: Standing, *, points: list[Point], windows: int, signals: Sequence[Signal], noted: datetime | None
) -> ModelRow:
    spec, latest, order = standing.spec, standing.latest, standing.order
    realised, estimated = newest_values(points, spec.metric)
    champion, frozen = latest.champion, latest.frozen
    return ModelRow(
        model=spec.name,
        description=spec.description,
        owner=spec.owner,
        tags=list(spec.tags),
        task=spec.task,
        time_zone=spec.schedule.timezone,
        health=standing.assessment.health,
        health_sentence=standing.assessment.sentence,
        champion=champion
        and ChampionFacts(version=champion.to_version, effective_from=champion.effective_from, windows=windows),
        last_window=Span.of_any(standing.head),
        decision=_decision(latest.decision),
        flagged=_flagged(signals),
        flagged_count=len(standing.flags),
        metric=spec.metric,
        higher_is_better=higher_is_better(spec.metric),
        realised=realised,
        estimated=estimated,
        open_retrain=Span.of(order.window) if order is not None and order.trains else None,
        open_roll_back=Span.of(order.window) if order is not None and not order.trains else None,
        waiting_challenger=standing.waiting,
        frozen=frozen and FrozenFacts(effective_from=frozen.effective_from, reason=frozen.reason, by=frozen.by),
        late_by=standing.late_by,
        catching_up=standing.catching_up,
        next_window=Span.of_any(standing.next_window),
        last_activity=noted,
    )


def _decision(made: Decision | None) -> DecisionFacts | None:
    if made is None:
        return None
    window = Span.of(made.window)
    return DecisionFacts(action=made.action, reasons=list(made.reasons), sentence=made.sentence, window=window)


def _flagged(signals: Sequence[Signal]) -> list[FlagFacts]:
    first = sorted(signals, key=lambda signal: signal.kind not in ACTED_ON)[:FLAGS_SHOWN]
    return [
        FlagFacts(kind=found.kind, subject=found.subject, detector=found.detector, sentence=found.sentence)
        for found in first
    ]
