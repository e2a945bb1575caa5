"""Messages as they arrive at a real mail server and a real web server, and what is said when they do not."""

from __future__ import annotations

import logging

import pytest

from leeway.alerts.base import Phase, Severity, Topic
from leeway.alerts.delivery import Patience, deliver, redacted
from leeway.alerts.message import Message
from leeway.errors import AlertError
from news import event, rules
from receivers import mail_server, web_server
from values import day

AT_ONCE = Patience(pauses=())
HOSTILE = "<!channel> & co\nSubject: free\x07"


@pytest.fixture
def web(monkeypatch):
    with web_server() as server:
        monkeypatch.setenv("HOOK", server.url)
        yield server


@pytest.fixture
def mail():
    with mail_server() as server:
        yield server


def sink(kind, **fields):
    return rules(to=[{"kind": kind, **fields}]).to[0]


def mailbox(mail, **fields):
    fields = {"host": "127.0.0.1", "port": mail.port, "security": "none", "sender": "leeway@example.com"} | fields
    return sink("email", **{"recipients": ["ann@example.com"], **fields})


def message(**changes):
    told = event(
        window=day(3), sentence="Two columns moved.", details=("delay moved by 0.4.", "carrier moved."), **changes
    )
    return Message("flights", (told,), "http://airflow.example")


def test_a_mail_holds_the_findings_and_a_link(mail):
    deliver(mailbox(mail, recipients=["ann@example.com", "bob@example.com"]), message())
    assert sorted(found["To"] for found in mail.mails) == ["ann@example.com", "bob@example.com"]
    found = mail.mails[0]
    assert found["Subject"] == "[warning] flights: data drift"
    assert "leeway@example.com" in found["From"]
    body = found.get_content()
    for part in ("Two columns moved.", "- delay moved by 0.4.", "- carrier moved."):
        assert part in body
    assert f"http://airflow.example/plugin/models/flights?window={day(3).key}" in body


def test_a_web_hook_gets_what_a_machine_needs(web):
    monitor = sink("webhook", url="${HOOK}", headers={"X-From": "leeway"})
    deliver(monitor, message())
    (posted,) = web.posted
    assert posted["title"] == "[warning] flights: data drift"
    assert (posted["model"], posted["severity"], posted["is_over"]) == ("flights", "warning", False)
    assert posted["events"][0]["window"] == {"start": "2013-01-10T00:00:00Z", "end": "2013-01-11T00:00:00Z"}
    assert set(posted) == {"model", "severity", "is_over", "title", "text", "link", "events"}
    assert web.headers[0]["X-From"] == "leeway"
    assert web.paths == ["/hooks/T0S3CRET"]


def test_slack_gets_text_alone_in_which_no_name_calls_anybody(web):
    deliver(sink("slack", url="${HOOK}"), message(title=HOSTILE))
    (posted,) = web.posted
    assert list(posted) == ["text"]
    assert "&lt;!channel&gt; &amp; co Subject: free" in posted["text"]
    assert "<" not in posted["text"]


def test_no_name_in_the_data_adds_a_header_to_a_mail(mail):
    deliver(mailbox(mail), message(title=HOSTILE))
    assert mail.mails[0].get_all("Subject") == ["[warning] flights: <!channel> & co Subject: free"]


def test_any_url_of_apprise_will_do(web, monkeypatch):
    monkeypatch.setenv("ANY", f"json://127.0.0.1:{web.port}/any")
    deliver(sink("apprise", url="${ANY}"), message(severity=Severity.CRITICAL))
    assert web.posted[0]["type"] == "failure"
    assert "Two columns moved." in web.posted[0]["message"]


def test_that_trouble_is_over_is_good_news(web, monkeypatch):
    monkeypatch.setenv("ANY", f"json://127.0.0.1:{web.port}/any")
    deliver(sink("apprise", url="${ANY}"), message(severity=Severity.CRITICAL, phase=Phase.ENDED))
    assert web.posted[0]["type"] == "success"
    assert web.posted[0]["title"].startswith("[info]")


def test_a_sink_that_refuses_is_tried_again_and_then_told_without_its_secret(web, caplog):
    web.status = 503
    with caplog.at_level(logging.DEBUG), pytest.raises(AlertError) as refused:
        deliver(sink("slack", url="${HOOK}"), message(), Patience(pauses=(0.0, 0.0)))
    assert refused.value.code == "ALR101"
    assert "503" in str(refused.value)
    assert web.asked == 3
    assert "S3CRET" not in str(refused.value) + caplog.text.replace('"POST /hooks/T0S3CRET HTTP/1.1"', "")


def test_a_redirect_is_not_followed(web):
    web.status = 302
    with pytest.raises(AlertError, match="302"):
        deliver(sink("webhook", url="${HOOK}"), message(), AT_ONCE)


def test_a_server_that_is_down_is_an_error_with_a_reason(monkeypatch):
    monkeypatch.setenv("HOOK", "http://127.0.0.1:9/services/T0/B0/verysecret")
    with pytest.raises(AlertError, match="onnection") as refused:
        deliver(sink("slack", url="${HOOK}"), message(), AT_ONCE)
    assert "verysecret" not in str(refused.value)


def test_a_recipient_who_is_refused_keeps_nobody_else_from_the_mail(mail, caplog):
    mail.refused = {"bob@example.com"}
    deliver(mailbox(mail, recipients=["bob@example.com", "ann@example.com"]), message(), AT_ONCE)
    assert [found["To"] for found in mail.mails] == ["ann@example.com"]
    assert "1 of 2 recipients did not take a message" in caplog.text
    with pytest.raises(AlertError, match="ALR101"):
        deliver(mailbox(mail, recipients=["bob@example.com"]), message(), AT_ONCE)


@pytest.mark.parametrize(
    ("value", "code"),
    [(None, "ALR103"), ("nothing://x", "ALR102"), ("slack://", "ALR102")],
    ids=["not set", "unknown service", "incomplete"],
)
def test_an_address_that_cannot_be_is_said_so(monkeypatch, value, code):
    monkeypatch.delenv("ANY", raising=False)
    if value is not None:
        monkeypatch.setenv("ANY", value)
    with pytest.raises(AlertError) as refused:
        deliver(sink("apprise", url="${ANY}"), message(), AT_ONCE)
    assert refused.value.code == code


def test_every_part_of_a_secret_is_blotted_out():
    said = "cannot reach hooks.example/T0/abcdef as ann with pass%20word or pass word"
    environment = {"A": "https://ann:pass%20word@hooks.example/T0/abcdef", "B": "left alone"}
    assert redacted(said, {"url": "${A}"}, environment) == "cannot reach ***/T0/*** as ann with *** or ***"


def test_a_message_of_many_events_tells_the_worst_first_and_says_how_many_more():
    many = [event(str(number), title=f"event {number}", topic=Topic.ACTION) for number in range(20)]
    told = Message("flights", (*many, event("bad", severity=Severity.CRITICAL, title="worst")), last_of_day=True)
    assert told.title == "[critical] flights: worst, and 20 more"
    assert "And 9 more" in told.text
    assert "last message of today" in told.text
    assert told.link is None
