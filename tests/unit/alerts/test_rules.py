"""``alerts`` in a model file and in ``_alerts.yaml``: what may be written, and what counts where."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import tiny
from leeway.alerts.rules import Quiet
from leeway.errors import SpecError
from leeway.spec import load_spec, load_specs

SLACK = {"kind": "slack", "url": "${HOOK}"}


def spec_with(folder, alerts):
    return tiny.project(folder, days=1, alerts=alerts).spec


def test_without_a_sink_nobody_is_told(tmp_path):
    alerts = tiny.project(tmp_path, days=1).spec.alerts
    assert alerts.to == ()
    assert alerts.late_after == "6h"


def test_who_is_told_does_not_change_what_the_model_is(tmp_path):
    assert spec_with(tmp_path / "a", {"to": [SLACK]}).hash == tiny.project(tmp_path / "b", days=1).spec.hash


@pytest.mark.parametrize(
    ("alerts", "said"),
    [
        ({"to": [{"kind": "slack", "url": "https://hooks.example/T0"}]}, "is a secret"),
        ({"to": [{"kind": "apprise", "url": "tgram://123/456"}]}, "is a secret"),
        ({"to": [{"kind": "webhook", "url": "ftp://x"}]}, "is not a URL of http"),
        ({"to": [{"kind": "webhook", "url": "http://x", "headers": {"authorization": "Bearer x"}}]}, "is a secret"),
        ({"to": [{"kind": "pigeon"}]}, "allowed: apprise, email, slack, webhook"),
        ({"quiet": {"hours": "10pm-7am"}}, "not a period of the day"),
        ({"quiet": {"hours": "07:00-07:00"}}, "not a period of the day"),
        ({"quiet": {"days": ["sunday"]}}, "Did you mean 'sun'"),
        ({"timezone": "Europe/Berln"}, "did you mean 'Europe/Berlin'"),
        ({"least": "bad"}, "allowed: critical, info, warning"),
        ({"late_after": "soon"}, "not a duration"),
        ({"at_most_per_day": 0}, "greater than or equal to 1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_is_refused_in_words(tmp_path, alerts, said):
    with pytest.raises(SpecError) as refused:
        spec_with(tmp_path, alerts)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"password": "hunter2", "user": "ann"}, "is a secret"),
        ({"user": "ann"}, "given together"),
        ({"user": "ann", "password": "${P}", "security": "none"}, "not sent without encryption"),
        ({"recipients": ["ann"]}, "not a mail address"),
        ({"sender": "a@b, c@d"}, "not a mail address"),
    ],
    ids=["plain password", "no password", "no encryption", "recipient", "sender"],
)
def test_a_mailbox_that_cannot_be_is_refused_in_words(tmp_path, fields, said):
    mailbox = {"kind": "email", "host": "mail.example", "sender": "a@b.c", "recipients": ["d@e.f"], **fields}
    with pytest.raises(SpecError) as refused:
        spec_with(tmp_path, {"to": [mailbox]})
    assert said in str(refused.value)


def test_alerts_of_the_folder_count_where_a_model_says_nothing_else(tmp_path):
    path = tiny.project(tmp_path, days=1, alerts={"least": "critical"}).spec.path
    (path.parent / "_alerts.yaml").write_text(yaml.safe_dump({"to": [SLACK], "least": "info", "at_most_per_day": 2}))
    alerts = load_spec(path).alerts
    assert (len(alerts.to), alerts.least, alerts.at_most_per_day) == (1, "critical", 2)
    assert set(load_specs(path.parent)[0]) == {"tiny"}


def test_wrong_alerts_of_the_folder_are_told_and_keep_no_model_from_running(tmp_path):
    path = tiny.project(tmp_path, days=1).spec.path
    (path.parent / "_alerts.yaml").write_text("least: warning\nquite: {}\n")
    specs, (error,) = load_specs(path.parent)
    assert list(specs) == ["tiny"]
    assert "_alerts.yaml:2" in str(error)
    assert "Did you mean 'quiet'?" in str(error)


@given(st.integers(0, 1439), st.integers(0, 1439), st.integers(0, 1439))
def test_quiet_hours_hold_from_begin_to_end_also_past_midnight(begin, length, clock):
    length = max(1, length)
    end = (begin + length) % 1440
    if begin == end:
        return
    spelled = "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in (begin, end))
    moment = datetime(2024, 5, 15, tzinfo=UTC) + timedelta(minutes=clock)
    assert Quiet(hours=spelled).covers(moment) == ((clock - begin) % 1440 < (end - begin) % 1440)
