"""How bad a line of the ledger is, in which words, and what of it is told."""

from __future__ import annotations

import pytest

import tiny
import values
from leeway.alerts.base import Phase, Severity, Topic
from leeway.core import Action, EntryKind, Reason, Verdict
from leeway.telling.events import WORST, events_of, findings


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The events of a value that is appended to an empty ledger: topic, phase and severity of each."""
    number = iter(range(100))

    def ask(kind, at, payload, measured=None):
        project = tiny.project(tmp_path_factory.mktemp("events") / str(next(number)), days=1, name="flights")
        ws = project.workspace()
        if measured is not None:
            ws.catalog.record(measured, scope="m", token=ws.catalog.take_token("flights", "m"))
        entry = ws.catalog.append("flights", kind, at, payload, expected=0)
        return {(found.topic, found.phase): found for found in events_of(ws, project.spec, entry)}

    return ask


def decided(told, action, *reasons, measured=None):
    evidence = {"measurement": 1} if measured is not None else {}
    made = values.decision(3, action=action, reasons=reasons, evidence=evidence)
    return told(EntryKind.DECISION, made.window.end, made, measured)


@pytest.mark.parametrize(
    ("action", "reason", "topic", "phase", "severity", "title"),
    [
        (Action.BLOCK, Reason.QUARANTINED, Topic.DATA, Phase.BEGAN, Severity.CRITICAL, "the batch is set aside"),
        (Action.ROLL_BACK, Reason.HARM, Topic.ACTION, Phase.HAPPENED, Severity.CRITICAL, "roll back because"),
        (Action.RETRAIN, Reason.CONCEPT_DRIFT, Topic.ACTION, Phase.HAPPENED, Severity.WARNING, "the loss rose"),
        (Action.RETRAIN, Reason.SCHEDULED, Topic.ACTION, Phase.HAPPENED, Severity.INFO, "retrain: scheduled"),
        (Action.RECALIBRATE, Reason.MISCALIBRATED, Topic.ACTION, Phase.HAPPENED, Severity.WARNING, "scores are off"),
        (Action.ALERT, Reason.QUALITY, Topic.DRIFT, Phase.BEGAN, Severity.WARNING, "data quality"),
        (Action.ALERT, Reason.LIMIT, Topic.DRIFT, Phase.BEGAN, Severity.WARNING, "a limit stands against it"),
        (Action.NONE, Reason.DATA_DRIFT, Topic.DRIFT, Phase.LASTS, Severity.WARNING, "data drift"),
    ],
)
def test_a_decision_is_as_bad_as_what_it_does_and_why(told, action, reason, topic, phase, severity, title):
    found = decided(told, action, reason)[topic, phase]
    assert found.severity is severity
    assert title in found.title
    assert found.sentence == "Nothing moved."


def test_trouble_is_over_when_nothing_is_flagged_and_not_merely_because_nothing_is_done(told):
    calm = values.measurement(3, signals=(values.signal(flagged=False),))
    assert (Topic.DRIFT, Phase.ENDED) in decided(told, Action.NONE, Reason.QUIET, measured=calm)
    frozen = decided(told, Action.NONE, Reason.FROZEN, measured=values.measurement(3))
    assert (Topic.DRIFT, Phase.ENDED) not in frozen
    blocked = decided(told, Action.BLOCK, Reason.QUARANTINED, measured=calm)
    assert {topic for topic, phase in blocked if phase is Phase.ENDED} == {Topic.MONITORING}


def test_a_window_is_told_by_its_worst_findings_and_how_many_there_are():
    signals = [values.signal(f"column {number}", effect=0.2 + number / 10) for number in range(20)]
    beside = values.signal("score", kind="calibration", effect=99.0)
    told = findings(values.measurement(signals=(*signals, beside, values.signal("calm", flagged=False))))
    assert told[:WORST] == tuple(f"column {number} moved." for number in (19, 18, 17, 16, 15))
    assert told[WORST:] == ("21 findings about 21 columns and figures in all.",)


@pytest.mark.parametrize(
    ("changes", "topic", "phase", "severity"),
    [
        ({"verdict": Verdict.AWAIT_APPROVAL}, Topic.APPROVAL, Phase.BEGAN, Severity.WARNING),
        ({"verdict": Verdict.REJECT}, Topic.ACTION, Phase.HAPPENED, Severity.INFO),
        ({"verdict": Verdict.FAILED, "challenger": None}, Topic.TRAINING, Phase.BEGAN, Severity.WARNING),
        ({"verdict": Verdict.FAILED, "request": "roll_back"}, Topic.TRAINING, Phase.BEGAN, Severity.CRITICAL),
        ({"verdict": Verdict.REJECT, "request": "approval:2"}, Topic.APPROVAL, Phase.ENDED, Severity.INFO),
    ],
    ids=["waits", "rejected", "failed", "roll back failed", "rejected by a person"],
)
def test_what_came_of_a_challenger(told, changes, topic, phase, severity):
    made = values.evaluation(3, **changes)
    found = told(EntryKind.EVALUATION, made.as_of, made)[topic, phase]
    assert found.severity is severity
    if topic is Topic.APPROVAL:
        assert found.subject == "v2"


def test_a_promotion_is_information_and_settles_what_waited(told, tmp_path):
    project = tiny.project(tmp_path, days=1, name="flights")
    ws = project.workspace()
    ws.catalog.pin(values.snapshot(1))
    ws.catalog.add_version(values.version(1))
    ws.catalog.promote(**values.promotion(1, None))
    (entry,) = ws.catalog.entries("flights", EntryKind.PROMOTION)
    served, settled = events_of(ws, project.spec, entry)
    assert (served.severity, served.title) == (Severity.INFO, "v1 is the champion now")
    assert (settled.topic, settled.phase, settled.subject) == (Topic.APPROVAL, Phase.ENDED, "v1")
