"""Whose turn it is: windows are decided in order, and a retrain is finished before the next window is scored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leeway.core import Action, Decision, PartitionKind, Verdict, Window
from leeway.errors import SpecError, TurnError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leeway.catalog import Catalog
    from leeway.spec import ModelSpec


@dataclass(frozen=True)
class Retrain:
    """A retrain that a decision asked for and that has no outcome yet."""

    decision: Decision

    @property
    def window(self) -> Window:
        """The window whose decision asked for it."""
        return self.decision.window


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


def open_retrain(catalog: Catalog, spec: ModelSpec, window: Window) -> Retrain | None:
    """The retrain that was asked for before ``window`` and is not finished, if there is one.

    Only the newest decision can have one: the next window waits for it.
    """
    decision = catalog.last_decision(spec.name, until=window.start)
    if decision is None or decision.action is not Action.RETRAIN:
        return None
    evaluation = catalog.evaluation(spec.name, decision.window.end)
    if evaluation is None:
        return Retrain(decision)
    promoted = {promotion.to_version for promotion in catalog.promotions(spec.name)}
    # A person may have changed the champion after the evaluation and before the promotion: their word is the last one.
    unchanged = catalog.champion(spec.name) == evaluation.champion
    if evaluation.verdict is Verdict.PROMOTE and evaluation.challenger not in promoted and unchanged:
        return Retrain(decision)
    return None


def check(catalog: Catalog, spec: ModelSpec, window: Window) -> None:
    """Refuse to work on a window before its turn.

    Raises:
        SpecError: if the schedule has no such window.
        TurnError: if earlier windows are undecided or a retrain is not finished.
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
    retrain = open_retrain(catalog, spec, window)
    if retrain is not None:
        raise TurnError(
            f"the retrain that {retrain.window} asked for is not finished",
            code="TRN011",
            model=spec.name,
            window=window,
            do=f"Wait for the DAG {spec.name}__training, or clear its failed tasks.",
        )
