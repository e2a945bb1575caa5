"""What each retrain was expected to bring, what it brought, and whether that was worth its cost."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leeway.budget import with_seconds
from leeway.catalog import FigureKind
from leeway.core import REJECTED, ROLL_BACK, Evaluation, Instant, Reason, Value, Verdict, retrain_subject
from leeway.core.metric import COST_WINDOWS
from leeway.facts.plain import Figure
from leeway.facts.windows import Span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leeway.core import Decision, Window
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


_WORTH: Final = {True: "worth it", False: "not worth it", None: "not worth it so far, and it still serves"}


class Retrain(Value):
    """One retrain or recalibration.

    ``expected`` is the challenger's gain on the held-back rows in points of the primary metric, with its interval.
    ``realised`` is the mean gain over the champion before it, on the same rows, in the ``realised_windows`` windows
    that it has scored and whose labels are complete (`leeway.rivals`). ``worth`` is null while that cannot be said.
    """

    as_of: Instant
    window: Span | None
    request: str
    reasons: tuple[Reason, ...]
    verdict: Verdict
    champion: int | None
    challenger: int | None
    expected: Figure
    low: Figure
    high: Figure
    realised: Figure
    realised_windows: int
    worth: bool | None
    sentence: str
    dag_run: str | None
    mlflow_url: str | None
    seconds: Figure


class Retrains(Value):
    """All retrains, the newest first. ``cost``: points of the metric, kept up for 40 windows, that one has to bring."""

    metric: str
    cost: float
    retrains: tuple[Retrain, ...]


class Gain(Value):
    """What the retrain of a window was expected to bring and what it brought, as in `Retrain`."""

    expected: Figure
    realised: Figure
    windows: int
    worth: bool | None
    sentence: str


def gain_of(ws: Workspace, spec: ModelSpec, window: Window) -> Gain | None:
    """What the retrain brought that the decision about a window asked for; None if it asked for none that is done."""
    for one in _outcomes(ws, spec, ws.catalog.decisions(spec.name)):
        if one.evaluation.as_of == window.end and not one.evaluation.request:
            return Gain(
                expected=one.evaluation.points,
                realised=one.realised,
                windows=len(one.gains),
                worth=one.worth,
                sentence=one.sentence,
            )
    return None


def retrains_of(ws: Workspace, spec: ModelSpec) -> Retrains:
    """The retrains of a model.

    One was worth it if the mean gain that it realised, times the windows that its version has served, exceeds
    ``retrain_cost`` x `COST_WINDOWS`: the price that policies wait for (`leeway.policies.gains.price`), and the rule of
    the gate ``pays`` with the life that the version really had. Of a version that still serves it may be too early to
    say no. A rejected retrain brought nothing. The first one has nothing to be compared with, and a recalibration costs
    less than a retrain, leeway does not know how much: there ``worth`` stays null.
    """
    decisions = ws.catalog.decisions(spec.name)
    outcomes = _outcomes(ws, spec, decisions)
    runs = _runs(ws, spec, [one.evaluation for one in outcomes])
    windows = {made.window.end: made.window for made in decisions}
    told = (_told(ws, one, windows.get(one.evaluation.as_of), runs[_subject(one.evaluation)]) for one in outcomes)
    return Retrains(metric=spec.metric, cost=spec.retrain_cost, retrains=tuple(told)[::-1])


@dataclass(frozen=True)
class _Outcome:
    """What came of a retrain.

    Args:
        evaluation: of its challenger, with the time that it took.
        rejection: the word of the person (or of the time limit) that refused the challenger.
        gains: over the champion before it, in points, one per window that it scored and that is judged.
        served: windows that it has scored.
        serves: whether it is the champion now.
        price: what it has to bring, in points times windows.
    """

    evaluation: Evaluation
    rejection: Evaluation | None
    gains: Sequence[float]
    served: int
    serves: bool
    price: float

    @property
    def verdict(self) -> Verdict:
        return self.evaluation.verdict if self.rejection is None else self.rejection.verdict

    @property
    def recalibrated(self) -> bool:
        """Whether it only corrected the scores of a version."""
        chosen = (one.candidate for one in self.evaluation.candidates if one.candidate.name == self.evaluation.winner)
        return any(candidate.base is not None for candidate in chosen)

    @property
    def realised(self) -> float | None:
        return math.fsum(self.gains) / len(self.gains) if self.gains else None

    @property
    def brought(self) -> float | None:
        """Points times windows, those that are not judged taken to be like the others."""
        return self.realised * self.served if self.realised is not None else None

    @property
    def worth(self) -> bool | None:
        if self.evaluation.champion is None or self.recalibrated:
            return None
        if self.verdict in (Verdict.REJECT, Verdict.FAILED):
            return False
        if self.brought is None:
            return None
        return True if self.brought > self.price else (None if self.serves else False)

    @property
    def sentence(self) -> str:
        """Whether it was worth it, in words."""
        if self.verdict in (Verdict.REJECT, Verdict.FAILED):
            return f"It brought nothing: {(self.rejection or self.evaluation).sentence}"
        if self.evaluation.champion is None:
            return "The first champion: there was nothing to compare it with."
        if self.realised is None or self.brought is None:
            return "It has not served yet." if not self.served else "No window that it scored is judged yet."
        gained = "gained" if self.realised >= 0 else "lost"
        figures = f"It {gained} {abs(self.realised):.3g} points a window over v{self.evaluation.champion}"
        span = f"{self.served} window{'s' * (self.served != 1)}"
        if self.recalibrated:
            return f"{figures} in {span}; a recalibration has no price of its own."
        return f"{figures}, {self.brought:.3g} in {span}; a retrain costs {self.price:.3g}: {_WORTH[self.worth]}."


def _outcomes(ws: Workspace, spec: ModelSpec, decisions: Sequence[Decision]) -> list[_Outcome]:
    """All retrains in the order of the ledger."""
    evaluations = ws.catalog.evaluations(spec.name)
    words = {one.request.removeprefix(REJECTED): one for one in evaluations if one.request.startswith(REJECTED)}
    examined = with_seconds(ws, [one for one in evaluations if not one.request.startswith((REJECTED, ROLL_BACK))])
    gains: defaultdict[tuple[int, int], list[float]] = defaultdict(list)
    for rival in ws.catalog.figures(spec.name, kinds=[FigureKind.RIVAL]).rivals:
        if rival.points is not None:  # of the one before over it: the other way round
            gains[rival.version, rival.rival].append(-rival.points)
    served = Counter(made.champion for made in decisions)
    champion = ws.catalog.champion(spec.name)
    return [
        _Outcome(
            evaluation=one,
            rejection=words.get(str(one.challenger)),
            gains=gains.get((one.challenger or 0, one.champion or 0), ()),
            served=served[one.challenger] if one.challenger is not None else 0,
            serves=one.challenger is not None and one.challenger == champion,
            price=spec.retrain_cost * COST_WINDOWS,
        )
        for one in examined
    ]


def _subject(evaluation: Evaluation) -> str:
    return retrain_subject(evaluation.as_of, evaluation.request)


def _runs(ws: Workspace, spec: ModelSpec, evaluations: Sequence[Evaluation]) -> dict[str, dict[str, str]]:
    """The newest run of each retrain in Airflow and in MLflow, as the trace knows them."""
    found: dict[str, dict[str, str]] = {_subject(one): {} for one in evaluations}
    for note in ws.catalog.notes(spec.name, found):
        found[note.subject][note.key] = note.value
    return found


def _told(ws: Workspace, outcome: _Outcome, window: Window | None, runs: Mapping[str, str]) -> Retrain:
    evaluation = outcome.evaluation
    gain, run = evaluation.metric_gain, runs.get("mlflow_run")
    return Retrain(
        as_of=evaluation.as_of,
        window=Span.of_any(window),
        request=evaluation.request,
        reasons=evaluation.reasons,
        verdict=outcome.verdict,
        champion=evaluation.champion,
        challenger=evaluation.challenger,
        expected=evaluation.points,
        low=gain.low if gain is not None else None,
        high=gain.high if gain is not None else None,
        realised=outcome.realised,
        realised_windows=len(outcome.gains),
        worth=outcome.worth,
        sentence=outcome.sentence,
        dag_run=runs.get("dag_run"),
        mlflow_url=ws.tracking.run_url(run) if run is not None else None,
        seconds=round(evaluation.seconds, 3) or None,
    )
