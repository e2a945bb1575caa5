"""What every policy promises."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from leeway.core import Task
from leeway.kinds import Kind, Strict

if TYPE_CHECKING:
    from leeway.core import Decision, Evaluation, Freeze, Measurement, Promotion


Weighed = Literal["signals", "retrain_cost"]
"""What costs a replay time: signals have to be detected, and each cost is a play of its own."""


class RetrainOn(Strict):
    """What may trigger a retrain."""

    concept_drift: bool = Field(
        default=True, description="The labelled loss got worse by more than chance and the floor."
    )
    data_drift: Literal["when_unjudged", "always", "never"] = Field(
        default="when_unjudged",
        description="Lasting input or prediction drift: when no labels come to judge the harm, always, or never.",
    )


@dataclass(frozen=True, kw_only=True)
class History:
    """What a policy may know when it decides: everything measured and decided up to and including the window.

    Args:
        current: the window's measurement.
        past: earlier measurements, oldest first.
        decisions: earlier decisions, oldest first.
        labelled_windows: number of windows with matured labels known by the window's end.
        labelled_rows: rows in them.
        retrain_on: the spec's line.
        evaluations: outcomes of earlier retrains, oldest first.
        promotions: changes of the champion so far, oldest first.
        frozen: what a person said last about leaving the model as it is.
        retrain_cost: what a retrain has to bring, in points of the primary metric (`ModelSpec.retrain_cost`).
        task: what the model predicts.
        judged: whether labels known by now can judge the champion: recent windows that it scored have matured.
    """

    current: Measurement
    past: tuple[Measurement, ...]
    decisions: tuple[Decision, ...]
    labelled_windows: int
    labelled_rows: int
    retrain_on: RetrainOn
    judged: bool
    evaluations: tuple[Evaluation, ...] = ()
    promotions: tuple[Promotion, ...] = ()
    frozen: Freeze | None = None
    retrain_cost: float = 0.1
    task: Task = Task.BINARY


class Policy(Kind):
    """Decides. Pure: the same history gives the same decision; its reasons are never empty."""

    FAMILY: ClassVar[str] = "policy"
    KINDS: ClassVar[dict[str, str]] = {
        "evidence": "leeway.policies.evidence:Evidence",
        "every": "leeway.policies.calendar:Every",
        "scheduled": "leeway.policies.calendar:Scheduled",
        "never": "leeway.policies.calendar:Never",
        "metric_below": "leeway.policies.measured:MetricBelow",
        "data_drift": "leeway.policies.measured:DataDrift",
        "adwin": "leeway.policies.measured:Adwin",
        "page_hinkley": "leeway.policies.measured:PageHinkley",
        "any_of": "leeway.policies.combined:AnyOf",
        "all_of": "leeway.policies.combined:AllOf",
    }

    bootstrap_windows: int = Field(default=8, ge=2, description="Labelled windows needed for the first champion.")
    min_rows: int = Field(default=500, ge=1, description="Labelled rows needed for any training.")
    cooldown: int = Field(default=1, ge=0, description="Windows after a retrain in which no other is decided.")

    def probes(self, decisions: tuple[Decision, ...]) -> tuple[str, ...]:  # noqa: ARG002 - others look at them
        """Which probes to make in the window after these decisions: ``all``, ``same`` (`leeway.core.Probe`), or none.

        A probe trains a model of the champion's recipe, to see what a retrain would have brought.
        """
        return ()

    @property
    def needs(self) -> tuple[str, ...]:
        """Kinds of detectors whose signals it reads: they are run, whether or not ``monitoring.detectors`` has them."""
        return ()

    @property
    def weighs(self) -> frozenset[Weighed]:
        """What can change what it does. A replay does not make for it what it does not weigh."""
        return frozenset(("signals", "retrain_cost"))

    @abstractmethod
    def decide(self, history: History) -> Decision:
        """Decide what to do about the current window."""
