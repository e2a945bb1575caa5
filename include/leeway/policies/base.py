"""What every policy promises."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from leeway.kinds import Kind, Strict

if TYPE_CHECKING:
    from leeway.core import Decision, Evaluation, Freeze, Measurement, Promotion


class RetrainOn(Strict):
    """What may trigger a retrain."""

    concept_drift: bool = Field(
        default=True, description="The labelled loss got worse by more than chance and the floor."
    )
    data_drift: Literal["when_unjudged", "always", "never"] = Field(
        default="when_unjudged",
        description="Lasting input or prediction drift: when labels cannot judge the harm yet, always, or never.",
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


class Policy(Kind):
    """Decides. Pure: the same history gives the same decision; its reasons are never empty."""

    FAMILY: ClassVar[str] = "policy"
    KINDS: ClassVar[dict[str, str]] = {
        "evidence": "leeway.policies.evidence:Evidence",
        "every": "leeway.policies.simple:Every",
        "never": "leeway.policies.simple:Never",
    }

    bootstrap_windows: int = Field(default=8, ge=2, description="Labelled windows needed for the first champion.")
    min_rows: int = Field(default=500, ge=1, description="Labelled rows needed for any training.")

    @abstractmethod
    def decide(self, history: History) -> Decision:
        """Decide what to do about the current window."""
