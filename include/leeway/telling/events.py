"""What the lines of a ledger are to people: how bad, in which words, and whether it lasts."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from leeway.alerts.base import Event, Phase, Severity, Topic
from leeway.core import (
    REJECTED,
    ROLL_BACK,
    Action,
    Decision,
    EntryKind,
    Evaluation,
    Promotion,
    PromotionKind,
    Reason,
    Verdict,
)
from leeway.showing import ACTED_ON

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from leeway.core import Entry, Measurement, Signal, Window
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

WORST: Final = 5
"""Findings that a message tells; of the others it says how many."""
TROUBLE: Final = {
    Reason.CONCEPT_DRIFT: "the loss rose",
    Reason.DATA_DRIFT: "data drift",
    Reason.QUALITY: "data quality",
    Reason.HARM: "an earlier champion would do better",
    Reason.MISCALIBRATED: "the scores are off",
    Reason.REJECTIONS: "challengers are rejected again and again",
    Reason.LIMIT: "a limit stands against it",
}
"""Reasons that say that something is wrong, in the words of a title."""
_DONE: Final = {Action.RETRAIN: "retrain", Action.RECALIBRATE: "recalibration", Action.ROLL_BACK: "roll back"}


def events_of(ws: Workspace, spec: ModelSpec, entry: Entry) -> Iterator[Event]:
    """What a line of the ledger tells."""
    if entry.kind is EntryKind.DECISION:
        decision = Decision.model_validate(entry.payload)
        measurement = ws.catalog.measurement(spec.name, decision.window, decision.evidence.get("measurement"))
        yield from _of_decision(decision, measurement)
    elif entry.kind is EntryKind.EVALUATION:
        found = Evaluation.model_validate(entry.payload)
        yield from _of_evaluation(found, _window_ending(spec, found.as_of))
    elif entry.kind is EntryKind.PROMOTION:
        made = Promotion.model_validate(entry.payload)
        yield from _of_promotion(made, spec.schedule.window_at(made.effective_from))


def findings(measurement: Measurement | None) -> tuple[str, ...]:
    """The worst few of all columns, scores and metrics that were flagged, and how many more there are."""
    if measurement is None:
        return ()
    flagged = sorted(measurement.flagged, key=_badness, reverse=True)
    told = [signal.sentence for signal in flagged[:WORST]]
    if len(flagged) > WORST:
        subjects = {signal.subject for signal in flagged}
        told.append(f"{len(flagged)} findings about {len(subjects)} columns and figures in all.")
    return tuple(told)


def _badness(signal: Signal) -> tuple[bool, float]:
    """What decisions rest on comes first; then what is furthest beyond its threshold."""
    beyond = abs(signal.effect) / abs(signal.threshold) if signal.threshold else abs(signal.effect)
    return signal.kind in ACTED_ON, 0.0 if math.isnan(beyond) else beyond


def _of_decision(decision: Decision, measurement: Measurement | None) -> Iterator[Event]:
    details = findings(measurement)

    def event(topic: Topic, phase: Phase, severity: Severity, title: str, *, told: bool = True) -> Event:
        return Event(
            model=decision.model,
            topic=topic,
            phase=phase,
            severity=severity,
            subject=decision.window.key,
            title=title,
            sentence=decision.sentence if told else "",
            details=details if told else (),
            window=decision.window,
            at=decision.window.end,
        )

    yield event(Topic.MONITORING, Phase.ENDED, Severity.INFO, "monitoring works again", told=False)
    if decision.action is Action.BLOCK:
        yield event(Topic.DATA, Phase.BEGAN, Severity.CRITICAL, "the batch is set aside, nothing is scored")
        return
    yield event(Topic.DATA, Phase.ENDED, Severity.INFO, "data are in order again", told=False)
    wrong = ", ".join(TROUBLE[reason] for reason in decision.reasons if reason in TROUBLE)
    done = _DONE.get(decision.action)
    if done is not None:
        severity = Severity.CRITICAL if decision.action is Action.ROLL_BACK else Severity.WARNING
        title = f"{done} because {wrong}" if wrong else f"{done}: {decision.reasons[0]}"
        yield event(Topic.ACTION, Phase.HAPPENED, severity if wrong else Severity.INFO, title)
    if decision.action is Action.ALERT:
        yield event(Topic.DRIFT, Phase.BEGAN, Severity.WARNING, wrong or "something needs a look")
    elif decision.action is Action.NONE and wrong:
        yield event(Topic.DRIFT, Phase.LASTS, Severity.WARNING, wrong)
    elif measurement is not None and not any(signal.kind in ACTED_ON for signal in measurement.flagged):
        yield event(Topic.DRIFT, Phase.ENDED, Severity.INFO, "nothing is flagged any more", told=False)


def _of_evaluation(found: Evaluation, window: Window) -> Iterator[Event]:
    rejected = found.request.startswith(REJECTED)
    version = f"v{found.request.removeprefix(REJECTED) if rejected else found.challenger}"

    def event(topic: Topic, phase: Phase, severity: Severity, title: str, details: Sequence[str] = ()) -> Event:
        asked = f"{found.as_of:%Y%m%dT%H%MZ}/{found.request or found.challenger}"
        return Event(
            model=found.model,
            topic=topic,
            phase=phase,
            severity=severity,
            subject=version if topic is Topic.APPROVAL else asked,
            title=title,
            sentence=found.sentence,
            details=tuple(details),
            window=window,
            at=found.as_of,
        )

    if found.verdict is Verdict.FAILED:
        what = "roll back" if found.request == ROLL_BACK else "training"
        severity = Severity.CRITICAL if found.request == ROLL_BACK else Severity.WARNING
        yield event(Topic.TRAINING, Phase.BEGAN, severity, f"the {what} failed, the champion stays")
        return
    if rejected:
        yield event(Topic.APPROVAL, Phase.ENDED, Severity.INFO, f"{version} was rejected")
        return
    yield event(Topic.TRAINING, Phase.ENDED, Severity.INFO, "trainings work again")
    failed = [f"{gate.gate}: {gate.sentence}" for gate in found.gates if not gate.passed]
    if found.verdict is Verdict.AWAIT_APPROVAL:
        passed = [f"{gate.gate}: {gate.sentence}" for gate in found.gates if gate.passed]
        yield event(Topic.APPROVAL, Phase.BEGAN, Severity.WARNING, f"{version} waits for approval", passed)
    elif found.verdict is Verdict.REJECT:
        title = f"{version} did not pass the gates, the champion stays"
        yield event(Topic.ACTION, Phase.HAPPENED, Severity.INFO, title, failed)


def _of_promotion(made: Promotion, window: Window) -> Iterator[Event]:
    def event(topic: Topic, phase: Phase, severity: Severity, title: str) -> Event:
        return Event(
            model=made.model,
            topic=topic,
            phase=phase,
            severity=severity,
            subject=f"v{made.to_version}" if topic is Topic.APPROVAL else f"v{made.to_version} from {window.key}",
            title=title,
            sentence=f"From {made.effective_from:%Y-%m-%d %H:%MZ} on. By {made.by}: {made.reason}",
            window=window,
            at=made.effective_from,
        )

    returns = made.kind is PromotionKind.ROLLBACK
    title = f"v{made.to_version} serves again" if returns else f"v{made.to_version} is the champion now"
    severity = Severity.WARNING if returns else Severity.INFO
    yield event(Topic.ACTION, Phase.HAPPENED, severity, title)
    yield event(Topic.APPROVAL, Phase.ENDED, Severity.INFO, f"v{made.to_version} was approved")


def _window_ending(spec: ModelSpec, moment: datetime) -> Window:
    return spec.schedule.window_at(moment - timedelta(microseconds=1))
