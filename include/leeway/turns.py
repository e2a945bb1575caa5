"""Whose turn it is: windows are decided in order, and what a decision asks for is done before the next is scored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leeway.core import ROLL_BACK, Action, Decision, PartitionKind, Verdict, Window, duration
from leeway.errors import SpecError, TurnError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from leeway.catalog import Catalog
    from leeway.core import Outcome, Promotion
    from leeway.spec import ModelSpec


TRAININGS = frozenset({Action.RETRAIN, Action.RECALIBRATE})
"""Actions that the training DAG carries out."""
_NAMES = {Action.RETRAIN: "retrain", Action.RECALIBRATE: "recalibration", Action.ROLL_BACK: "roll back"}


@dataclass(frozen=True)
class Order:
    """What a decision asked for and nobody has finished yet."""

    decision: Decision

    @property
    def window(self) -> Window:
        """The window whose decision asked for it."""
        return self.decision.window

    @property
    def trains(self) -> bool:
        """Whether it is a retrain or recalibration; else it is a roll back."""
        return self.decision.action in TRAININGS

    @property
    def base(self) -> int | None:
        """The version whose scores are to be corrected; None if models are to be trained."""
        return self.decision.champion if self.decision.action is Action.RECALIBRATE else None

    def __str__(self) -> str:
        return f"the {_NAMES[self.decision.action]} that {self.window} asked for"


def overdue(spec: ModelSpec, head: Window | None, now: datetime) -> tuple[Window, timedelta] | None:
    """The window that should have been decided by now, and how much later than allowed that is; None if nothing is.

    A window is late when ``alerts.late_after`` has passed since its end. A model that nobody has started is not late.

    Args:
        spec: the model.
        head: the window that was decided last.
        now: the time.
    """
    after = spec.alerts.late_after
    if head is None or after is None:
        return None
    window = spec.schedule.after(head)
    late = now - (window.end + duration(after))
    return (window, late) if spec.schedule.covers(window) and late.total_seconds() > 0 else None


def is_catching_up(spec: ModelSpec, measured: datetime | None, now: datetime) -> bool:
    """Whether a model whose next window is overdue is not late: its last window was measured within the allowed time.

    Args:
        spec: the model.
        measured: when its last decided window was measured, by the clock (`measured_at`).
        now: the time.
    """
    after = spec.alerts.late_after
    return after is not None and measured is not None and now - measured <= duration(after)


def measured_at(catalog: Catalog, heads: Mapping[str, Window]) -> dict[str, datetime]:
    """When models' last decided windows were measured: the trace knows, also of a history that is replayed years later.

    Args:
        catalog: the catalog.
        heads: the last decided window, by model.
    """
    return catalog.last_noted_about({model: f"{head.key}/measure" for model, head in heads.items()})


def undecided(catalog: Catalog, spec: ModelSpec, window: Window) -> Iterator[Window]:
    """The windows that have to be decided before ``window``, oldest first: history has no holes."""
    head = catalog.head(spec.name)
    current = spec.schedule.first if head is None else spec.schedule.after(head)
    while current < window and current.end <= window.start:
        yield current
        current = spec.schedule.after(current)


def undelivered(catalog: Catalog, spec: ModelSpec, window: Window) -> Iterator[Window]:
    """The windows before ``window`` that are neither decided nor validated, oldest first.

    Labels are read for windows whose rows are there, so these have to be there before its labels are read.
    """
    for earlier in undecided(catalog, spec, window):
        if catalog.partition(spec.name, PartitionKind.RAW, earlier) is None:
            yield earlier


def open_order(catalog: Catalog, spec: ModelSpec, window: Window) -> Order | None:
    """What was asked for before ``window`` and is not finished, if there is something.

    Only the newest decision can have left something open: the next window waits for it.
    """
    decision = catalog.last_decision(spec.name, until=window.start)
    return Order(decision) if decision is not None and is_open(catalog, decision) else None


def is_open(catalog: Catalog, decision: Decision) -> bool:
    """Whether a decision asked for something that is not finished."""
    if decision.action not in TRAININGS and decision.action is not Action.ROLL_BACK:
        return False
    model = decision.model
    return is_unfinished(
        decision, catalog.evaluations(model), catalog.promotions(model), frozen=catalog.is_frozen(model)
    )


def is_unfinished(
    decision: Decision, outcomes: Sequence[Outcome], promotions: Sequence[Promotion], *, frozen: bool
) -> bool:
    """Whether a decision asked for something that is not finished.

    A person may have changed the champion or frozen the model since then: their word is the last one. A training goes
    on while the model is frozen, only its challenger is not promoted.

    Args:
        decision: the decision.
        outcomes: of the model's retrains, in order: all, or at least those since the decision.
        promotions: all, or at least the last one and those since the decision.
        frozen: whether the model is frozen.
    """
    own = {found.request: found for found in outcomes if found.as_of == decision.window.end}
    if decision.action in TRAININGS:
        return _training_is_unfinished(own.get(""), promotions, frozen=frozen)
    if decision.action is not Action.ROLL_BACK or frozen:
        return False
    return ROLL_BACK not in own and all(changed.effective_from < decision.window.end for changed in promotions)


def _training_is_unfinished(outcome: Outcome | None, promotions: Sequence[Promotion], *, frozen: bool) -> bool:
    if outcome is None:
        return True
    champion = promotions[-1].to_version if promotions else None
    promoted = any(promotion.to_version == outcome.challenger for promotion in promotions)
    unchanged = champion == outcome.champion and not frozen
    return outcome.verdict is Verdict.PROMOTE and not promoted and unchanged


def check(catalog: Catalog, spec: ModelSpec, window: Window) -> None:
    """Refuse to work on a window before its turn.

    Raises:
        SpecError: if the schedule has no such window.
        TurnError: if earlier windows are undecided or what one asked for is not finished.
    """
    if not spec.schedule.knows(window):
        raise SpecError(
            f"{window} is not a window of the schedule", code="SPEC055", model=spec.name,
            do=f"The one at that time is {spec.schedule.window_at(window.start)}; the first is {spec.schedule.first}.",
        )  # fmt: skip
    waiting = next(undecided(catalog, spec, window), None)
    if waiting is not None:
        raise TurnError(
            f"{waiting} has to be decided first",
            model=spec.name,
            window=window,
            do="Run the earlier windows, oldest first.",
        )
    order = open_order(catalog, spec, window)
    if order is not None:
        dag = "training" if order.trains else "monitoring"
        raise TurnError(
            f"{order} is not finished",
            code="TRN011",
            model=spec.name,
            window=window,
            do=f"Wait for the DAG {spec.name}__{dag}, or clear its failed tasks.",
        )
