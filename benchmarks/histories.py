"""Histories of made-up models, one for each health and some more, written by the catalog's own functions."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from leeway.core import (
    Action,
    Bin,
    Block,
    Decision,
    EntryKind,
    Estimate,
    Evaluation,
    Interval,
    Measurement,
    ModelVersion,
    Performance,
    PromotionKind,
    Reason,
    Rival,
    Signal,
    Verdict,
    Window,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leeway.catalog import Catalog

BOOTSTRAP, DELAY = 8, 2
"""The first champion is trained after so many windows; labels are known so many windows later."""
COLUMNS = tuple(f"{kind}_{n}" for n, kind in enumerate(("number", "count", "group", "flag") * 3))


@dataclass(frozen=True)
class Archetype:
    """A course that a model can take, named by the health it ends with."""

    health: str
    number: int

    @property
    def name(self) -> str:
        """As which model it is written."""
        return f"archetype_{self.number:02}"

    @property
    def binary(self) -> bool:
        """The task; the model files of the fleet follow the same rule."""
        return self.number % 3 != 0

    @property
    def ended(self) -> bool:
        """Whether the schedule is over."""
        return self.health == "ended"

    @property
    def approval(self) -> bool:
        """Whether a person has to approve."""
        return self.health == "waiting"


_HEALTHS = ("blocked", "late", "failing", "flagged", "waiting", "working", "frozen", "new", "ended")
ARCHETYPES = tuple(Archetype(health, number) for number, health in enumerate((*_HEALTHS, *["healthy"] * 6)))
_LEFT_OUT = {"late": (0, 3), "new": (6, 0)}
"""Windows at the end that are not decided; how many there are at all, if few."""


def write_history(catalog: Catalog, archetype: Archetype, starts: Sequence[datetime]) -> None:
    """Write what a year of daily windows would have left in the catalog."""
    kept = starts[-_LEFT_OUT[archetype.health][0] :] if archetype.health in _LEFT_OUT else starts
    kept = kept[: len(kept) - _LEFT_OUT.get(archetype.health, (0, 0))[1]]
    course = Course(catalog, archetype)
    for place, start in enumerate(kept):
        course.close(Window(start=start, end=start + timedelta(days=1)), place, last=place == len(kept) - 1)


class Course:
    """One model on its way: which version serves, and when the next retrain is."""

    def __init__(self, catalog: Catalog, archetype: Archetype) -> None:
        self.catalog, self.archetype, self.model = catalog, archetype, archetype.name
        self.random = random.Random(archetype.number)
        self.scored: list[tuple[Window, int]] = []
        self.champion: int | None = None
        self.versions = 0

    def close(self, window: Window, place: int, *, last: bool) -> None:
        """Measure and decide a window, and do what was decided."""
        token = self.catalog.take_token(self.model, f"{window.key}/measure")
        measured = self.measure(window, place, last=last)
        revision = self.catalog.record(measured, scope=f"{window.key}/measure", token=token)
        for stage in ("measure", "score"):
            self.catalog.note(
                self.model, f"{window.key}/{stage}", {"mlflow_run": f"{self.random.getrandbits(128):032x}"}
            )
        action = self.action(place, last=last)
        decision = Decision(
            model=self.model,
            window=window,
            action=action,
            reasons=(_REASONS[action],),
            sentence=_SENTENCES[action],
            champion=self.champion,
            policy="evidence",
            evidence={"measurement": revision, "points": {"expected": 0.8, "low": 0.1, "high": 1.5, "cost": 0.1}},
        )
        expected = self.catalog.last_seq(self.model)
        self.catalog.append(self.model, EntryKind.DECISION, window.end, decision, expected=expected)
        if self.champion is not None:
            self.scored.append((window, self.champion))
        if action is Action.RETRAIN and not (last and self.archetype.health == "working"):
            self.retrain(window, place, last=last)
        if last and self.archetype.health == "frozen":
            self.catalog.freeze(self.model, frozen=True, not_before=window.end, reason="An audit runs.", by="ann")

    def action(self, place: int, *, last: bool) -> Action:
        """What is decided: at the end what leads to the wanted health, before that a retrain now and then."""
        if last:
            return _LAST.get(self.archetype.health, Action.NONE)
        if place == BOOTSTRAP or (place > BOOTSTRAP and self.random.random() < 0.04):
            return Action.RETRAIN
        return Action.ALERT if self.random.random() < 0.05 else Action.NONE

    def retrain(self, window: Window, place: int, *, last: bool) -> None:
        """Evaluate a challenger, and promote it if it is better."""
        first = self.champion is None
        verdict = Verdict.PROMOTE if first or self.random.random() < 0.7 else Verdict.REJECT
        if last:
            verdict = Verdict.AWAIT_APPROVAL if self.archetype.approval else Verdict.FAILED
        challenger = self.register(window) if verdict in (Verdict.PROMOTE, Verdict.AWAIT_APPROVAL) else None
        evaluation = Evaluation(
            model=self.model,
            as_of=window.end,
            reasons=(Reason.BOOTSTRAP if first else Reason.CONCEPT_DRIFT,),
            snapshot=f"{self.random.getrandbits(256):064x}",
            champion=self.champion,
            challenger=challenger,
            winner="gradient_boosting_all",
            metrics=self.metrics(place),
            champion_metrics=self.metrics(place),
            points=self.random.gauss(0.5, 0.5),
            verdict=verdict,
            sentence="gradient_boosting_all was the best of the candidates.",
        )
        expected = self.catalog.last_seq(self.model)
        self.catalog.append(self.model, EntryKind.EVALUATION, window.end, evaluation, expected=expected)
        if verdict is Verdict.PROMOTE and challenger is not None:
            self.catalog.promote(
                model=self.model, kind=PromotionKind.PROMOTION, from_version=self.champion, to_version=challenger,
                not_before=window.end, reason="It passed every gate.", by="gates",
            )  # fmt: skip
            self.champion = challenger

    def register(self, window: Window) -> int:
        """A further version."""
        self.versions += 1
        self.catalog.add_version(
            ModelVersion(
                model=self.model,
                version=self.versions,
                train_key=f"{self.random.getrandbits(256):064x}",
                snapshot=f"{self.random.getrandbits(256):064x}",
                artifact=f"{self.random.getrandbits(256):064x}",
                spec_hash="seeded",
                code="seeded",
                as_of=window.end,
                trained_on=(window, window),
            )
        )
        return self.versions

    def measure(self, window: Window, place: int, *, last: bool) -> Measurement:
        """What is found when a window is closed."""
        if self.champion is None:
            return Measurement(model=self.model, window=window, champion=None, status="unscored", rows=900)
        if last and self.archetype.health == "blocked":
            return Measurement(model=self.model, window=window, champion=self.champion, status="quarantined")
        about = [self.scored[-DELAY]] if len(self.scored) >= DELAY else []
        return Measurement(
            model=self.model,
            window=window,
            champion=self.champion,
            status="measured",
            rows=900,
            signals=tuple(self.signals(last=last)),
            matured=tuple(self.performance(one, version, place) for one, version in about),
            rivals=tuple(_rival(one, version) for one, version in about if version > 1),
            estimated=self.estimate(window, place),
        )

    def signals(self, *, last: bool) -> list[Signal]:
        """A check of every column and of the loss."""
        moved = set(COLUMNS[:4] if last and self.archetype.health == "flagged" else ())
        found = []
        for column in COLUMNS:
            flagged = column in moved if last else self.random.random() < 0.03
            found.append(_signal(column, "data", self.random, flagged=flagged))
        return [*found, _signal("prediction", "prediction", self.random, flagged=False)]

    def metrics(self, place: int) -> dict[str, float]:
        """Metrics that wander through the year."""
        level = 0.74 + 0.04 * math.sin(place / 40 + self.archetype.number) + self.random.gauss(0, 0.01)
        if self.archetype.binary:
            return {"auc": level, "brier": 0.9 - level, "log_loss": 1.2 - level, "accuracy": level + 0.1}
        return {"mae": 20 * (1 - level), "rmse": 30 * (1 - level), "r2": level - 0.2, "bias": self.random.gauss(0, 1)}

    def performance(self, window: Window, version: int, place: int) -> Performance:
        """How a version did on a window."""
        block = Block(rows=870, loss=0.17, variance=0.05, largest=0.95)
        bins = tuple(Bin(rows=87, score=n / 10, share=n / 10 + self.random.gauss(0, 0.02)) for n in range(10))
        slices = {
            f"group_2={level}": {"labelled": 217.0, "loss": 0.17, "variance": 0.05} for level in ("north", "south")
        }
        return Performance(
            window=window, version=version, rows=900, labelled=870 + self.random.randrange(30), loss=0.17,
            loss_variance=0.05, metrics=self.metrics(place), slices=slices, loss_low=0.16, loss_high=0.18,
            days=(block,), reliability=bins if self.archetype.binary else (),
        )  # fmt: skip

    def estimate(self, window: Window, place: int) -> Estimate:
        """How the champion is thought to do."""
        guesses = {name: _around(value) for name, value in self.metrics(place).items()}
        return Estimate(
            window=window, version=self.champion or 0, rows=900, method="cbpe", level=0.95, loss=_around(0.17),
            metrics=guesses, judged=10, misses=1,
        )  # fmt: skip


def _signal(subject: str, kind: str, random_: random.Random, *, flagged: bool) -> Signal:
    effect = random_.uniform(0.1, 0.4) if flagged else random_.uniform(0, 0.05)
    return Signal(
        detector=f"{kind}_drift", subject=subject, test="ks_chi2", statistic=effect, p_value=0.001 if flagged else 0.4,
        effect=effect, threshold=0.08, flagged=flagged, kind=kind,
        sentence=f"`{subject}`: mean went from {random_.uniform(3, 4):.3f} to {random_.uniform(3, 5):.3f}",
    )  # fmt: skip


def _rival(window: Window, version: int) -> Rival:
    return Rival(window=window, version=version, rival=version - 1, rows=870, gain=-0.002, variance=1e-6, points=-0.4)


def _around(value: float) -> Interval:
    return Interval(value=value, low=value - 0.05, high=value + 0.05)


_LAST = {
    "blocked": Action.BLOCK,
    "failing": Action.RETRAIN,
    "waiting": Action.RETRAIN,
    "working": Action.RETRAIN,
    "flagged": Action.ALERT,
}
_REASONS = {
    Action.NONE: Reason.QUIET,
    Action.ALERT: Reason.DATA_DRIFT,
    Action.RETRAIN: Reason.CONCEPT_DRIFT,
    Action.BLOCK: Reason.QUARANTINED,
}
_SENTENCES = {
    Action.NONE: "Nothing that decisions rest on was flagged.",
    Action.ALERT: "The inputs moved; the labels show no harm so far.",
    Action.RETRAIN: "The loss rose by more than chance, and a retrain should bring 0.8 points: more than it costs.",
    Action.BLOCK: "The batch broke an expectation and is set aside: nothing may be computed from it.",
}
