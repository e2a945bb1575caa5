"""What people are told in a window in which nothing is done about the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leeway.core import Action, Reason
from leeway.policies.lasting import DRIFT
from leeway.policies.telling import key, told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leeway.core import Signal
    from leeway.policies.base import History
    from leeway.policies.lasting import Lasting

TOLD: Final = ("estimate", "calibration", "slice")
"""Kinds of signals that are passed on to people and lead to nothing else."""


@dataclass(frozen=True)
class News:
    """An alert, or that nothing is new; ``ongoing`` names what goes on, so that the next window need not tell it."""

    action: Action
    reasons: tuple[Reason, ...]
    sentence: str
    ongoing: list[str]


def watch(history: History, *, worse: Sequence[Signal], drift: Lasting, lasting: int) -> News:
    """Alert if something has begun that people should know.

    Args:
        history: what is known.
        worse: tests of the loss that were flagged.
        drift: of inputs or scores.
        lasting: windows in a row in which drift must be seen to count.
    """
    broken = [signal for signal in history.current.flagged if signal.kind == "quality"]
    reasons: list[Reason] = []
    sentences: list[str] = []
    if worse:
        reasons += [Reason.CONCEPT_DRIFT, Reason.NOT_WORTH_IT]
        sentences.append(f"{told(worse)}. No retrain: so small a rise costs less than a retrain")
    if drift.signals:
        reasons += [Reason.DATA_DRIFT, *drift.reasons]
        sentences.append(f"{told(drift.signals)}. No retrain: {drift.against}")
    if broken:
        reasons.append(Reason.QUALITY)
        sentences.append(f"Quality: {told(broken)}")
    ongoing = sorted({key(signal) for signal in (*drift.signals, *broken, *worse)})
    reported = history.decisions[-1].evidence.get("ongoing", []) if history.decisions else []
    news = set(ongoing) - set(reported)
    if ongoing and not news:
        sentences.append("All of it was already so in the window before")
    return News(
        action=Action.ALERT if news else Action.NONE,
        reasons=tuple(reasons) or (Reason.QUIET,),
        sentence=". ".join(sentences or [_silence(history, lasting)]) + ".",
        ongoing=ongoing,
    )


def _silence(history: History, lasting: int) -> str:
    measured = len(history.current.signals)
    passing = [signal for signal in history.current.flagged if signal.kind in DRIFT]
    if passing:
        return f"{told(passing)}. It has to last {lasting} windows in the same column to count"
    others = [signal for signal in history.current.flagged if signal.kind in TOLD]
    if others:
        return f"Nothing to act on in {measured} signals. For information: {told(others)}"
    return f"Nothing was flagged in {measured} signals"
