"""Weeks of a model as measurements, and policies that decide about them one after the other, as the stages do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from leeway.core import Action, Decision, Measurement, Performance, Signal, Window
from leeway.policies.base import History, Policy, RetrainOn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FIRST = Window(start=datetime(2013, 1, 7, tzinfo=UTC), end=datetime(2013, 1, 14, tzinfo=UTC))
"""Monday to Monday."""
KIND_OF = {
    "data_drift": "data",
    "prediction_drift": "prediction",
    "quality": "quality",
    "labelled_loss": "performance",
    "adwin": "performance",
    "page_hinkley": "performance",
}
"""Detector -> the kind of its signals."""


def week(number: int) -> Window:
    return FIRST.shifted(timedelta(weeks=number))


def signal(detector: str, subject: str = "loss", *, flagged: bool = True, effect: float = 0.3) -> Signal:
    return Signal(
        detector=detector, subject=subject, test="t", statistic=4.0, p_value=1e-4, effect=effect, threshold=0.1,
        flagged=flagged, kind=KIND_OF[detector], sentence=f"`{subject}` moved by {effect}",
    )  # fmt: skip


def matured(number: int, *, version: int = 1, labelled: int = 900, **metrics: float) -> Performance:
    return Performance(
        window=week(number), version=version, rows=900, labelled=labelled, loss=0.2, loss_variance=0.04, metrics=metrics
    )


def measured(
    number: int,
    *signals: Signal,
    champion: int | None = 1,
    status: str = "measured",
    matured: Sequence[Performance] = (),
) -> Measurement:
    return Measurement(
        model="m", window=week(number), champion=champion, status=status, rows=900, signals=signals,
        matured=tuple(matured),
    )  # fmt: skip


def history(
    current: Measurement, past: Sequence[Measurement] = (), decisions: Sequence[Decision] = (), **changes: Any
) -> History:
    known = {"labelled_windows": 10, "labelled_rows": 9_000, "retrain_on": RetrainOn(), "judged": True, **changes}
    return History(current=current, past=tuple(past), decisions=tuple(decisions), **known)


def replay(
    policy: Policy,
    weeks: Sequence[Measurement],
    *,
    seen: Callable[[History], None] = lambda _: None,
    rows: int | None = None,
    **changes: Any,
) -> list[Decision]:
    """Decide week after week; ``rows`` a week are labelled, or many from the beginning. ``seen`` sees each history."""
    made: list[Decision] = []
    for number, current in enumerate(weeks):
        known = {} if rows is None else {"labelled_windows": number, "labelled_rows": number * rows}
        so_far = history(current, weeks[:number], made, **known, **changes)
        seen(so_far)
        made.append(policy.decide(so_far))
    return made


def retrains(made: Sequence[Decision]) -> list[int]:
    """The numbers of the windows in which a retrain was decided."""
    return [number for number, decision in enumerate(made) if decision.action is Action.RETRAIN]
