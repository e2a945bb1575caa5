"""What lasts: drift seen in window after window, what may be done about it, and scores whose level stays off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leeway.core import Reason
from leeway.policies.steps import KNOWN, cooling, windows_since_retrain
from leeway.policies.telling import key

if TYPE_CHECKING:
    from leeway.core import Signal
    from leeway.policies.base import History

DRIFT: Final = ("data", "prediction")
PATIENCE: Final = 8
"""Windows without news of any label after which nobody waits for labels to judge a drift."""


@dataclass(frozen=True)
class Lasting:
    """Drift of inputs or scores that lasts.

    Args:
        signals: in the current window, of what drifted in those before, too.
        against: why no retrain answers it; None if one should.
        reasons: the same as reasons of a decision.
    """

    signals: tuple[Signal, ...] = ()
    against: str | None = None
    reasons: tuple[Reason, ...] = ()

    @property
    def calls_for_retrain(self) -> bool:
        """Whether it is to be answered by a retrain."""
        return bool(self.signals) and self.against is None


def lasting_drift(history: History, *, windows: int, cooldown: int) -> Lasting:
    """Find what drifts in the same column for so many windows in a row, and say what stands against a retrain.

    A retrain answers drift that nobody can judge. Labels that come late are waited for: inputs drift nearly always, and
    what newer models gain on those labels says much better whether a retrain pays.

    Args:
        history: what is known.
        windows: in a row in which drift must be seen.
        cooldown: windows after a retrain before drift causes another one.
    """
    signals = _drifting(history, windows)
    mode = history.retrain_on.data_drift
    if not signals:
        return Lasting()
    if mode == "never":
        return Lasting(signals, "retraining on data drift is switched off")
    if mode == "when_unjudged" and history.judged:
        return Lasting(signals, "labels judge the champion and show no harm", (Reason.HARMLESS,))
    if mode == "when_unjudged" and labels_come(history):
        wait = "no label judges the champion yet, but labels come, and they will decide"
        return Lasting(signals, wait, (Reason.NOT_ENOUGH_DATA,))
    if cooling(history, cooldown):
        ago = windows_since_retrain(history)
        pause = f"the last one was {ago} window(s) ago, and for data drift {cooldown} have to pass"
        return Lasting(signals, pause, (Reason.COOLDOWN,))
    return Lasting(signals, None)


def labels_come(history: History) -> bool:
    """Whether labels of any window have become known in the last `PATIENCE` windows, however late."""
    known = [made.evidence[KNOWN] for made in history.decisions[-PATIENCE:] if KNOWN in made.evidence]
    return bool(known) and history.labelled_windows > min(known)


def miscalibrated(history: History) -> list[Signal]:
    """Signals of scores whose level is off in this and the last two windows of the champion that were judged."""
    found = [signal for signal in history.current.flagged if signal.kind == "calibration"]
    earlier = [m for m in history.past if m.champion == history.current.champion]
    judged = [m for m in earlier if any(signal.kind == "calibration" for signal in m.signals)]
    lasts = len(judged) > 1 and all(any(s.kind == "calibration" for s in m.flagged) for m in judged[-2:])
    return found if lasts else []


def _drifting(history: History, windows: int) -> tuple[Signal, ...]:
    """Drift signals of columns that were flagged in each of the last windows of this champion."""
    current = history.current
    same = [m for m in history.past if m.status == "measured" and m.champion == current.champion]
    before = same[len(same) - windows + 1 :] if windows > 1 else []
    if len(before) < windows - 1:
        return ()
    seen = [{key(signal) for signal in measured.flagged} for measured in before]
    drifting = [signal for signal in current.flagged if signal.kind in DRIFT]
    return tuple(signal for signal in drifting if all(key(signal) in keys for keys in seen))
