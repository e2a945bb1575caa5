"""What is told, held back and told later: with clocks that a test sets."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeway.alerts.base import Phase, Severity, Topic
from leeway.alerts.desk import Held
from news import NOON, SINK, Desk, event, rules

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NIGHT = NOON + 11 * HOUR
MORNING = NOON + 19 * HOUR
CRITICAL = {"severity": Severity.CRITICAL, "topic": Topic.DATA}


@pytest.fixture
def desk():
    return Desk(rules())


def test_trouble_is_told_once_and_again_only_after_a_while(desk):
    assert desk.titles(NOON, event("w1")) == ["w1"]
    assert desk.titles(NOON + DAY, event("w2")) == []
    assert desk.titles(NOON + 3 * DAY, event("w3")) == ["w3"]


def test_the_same_event_noticed_twice_is_told_once(desk):
    happened = event("retrain", topic=Topic.ACTION, phase=Phase.HAPPENED)
    assert desk.titles(NOON, event("w1"), happened) == ["w1", "retrain"]
    assert desk.titles(NOON + HOUR, event("w1"), happened) == []


def test_trouble_that_gets_worse_is_told_at_once(desk):
    desk.tell(NOON, event("w1", topic=Topic.MONITORING))
    assert desk.titles(NOON + HOUR, event("w2", **{**CRITICAL, "topic": Topic.MONITORING})) == ["w2"]


def test_its_end_is_told_once_and_only_if_its_begin_was(desk):
    over = event("w3", phase=Phase.ENDED, severity=Severity.INFO)
    assert desk.titles(NOON, over) == []
    desk.tell(NOON, event("w1"))
    assert desk.titles(NOON + HOUR, over) == ["w3"]
    assert desk.titles(NOON + 2 * HOUR, over) == []
    assert desk.titles(NOON + 3 * HOUR, event("w4")) == ["w4"]


def test_that_trouble_lasts_is_said_only_of_what_was_told_and_not_too_often(desk):
    lasts = event("w2", phase=Phase.LASTS)
    assert desk.titles(NOON, lasts) == []
    desk.tell(NOON, event("w1"))
    assert desk.titles(NOON + HOUR, lasts) == []
    assert desk.titles(NOON + 4 * DAY, lasts) == ["w2"]


def test_each_challenger_that_waits_is_told(desk):
    waits = {"topic": Topic.APPROVAL}
    assert desk.titles(NOON, event("v7", **waits)) == ["v7"]
    assert desk.titles(NOON + HOUR, event("v8", **waits)) == ["v8"]
    assert desk.titles(NOON + 2 * HOUR, event("v7", phase=Phase.ENDED, **waits)) == ["v7"]


def test_what_matters_less_than_asked_for_is_not_told(desk):
    assert desk.titles(NOON, event(severity=Severity.INFO)) == []
    assert Desk(rules(least="info")).titles(NOON, event(severity=Severity.INFO)) == ["w1"]


def test_a_quiet_time_gathers_and_tells_afterwards_as_one():
    desk = Desk(rules(quiet={"hours": "22:00-07:00"}))
    assert desk.plan(NIGHT, event("w1")).held is Held.QUIET
    assert desk.titles(NIGHT, event("w1")) == []
    assert desk.titles(NIGHT + HOUR, event("w2", topic=Topic.TRAINING)) == []
    assert desk.titles(NIGHT + 2 * HOUR) == []
    assert desk.titles(MORNING) == ["w1", "w2"]
    assert desk.titles(MORNING + HOUR) == []


def test_trouble_that_began_and_ended_in_a_quiet_time_is_told_as_both():
    desk = Desk(rules(quiet={"days": ["wed"]}))
    desk.tell(NOON, event("w1"))
    desk.tell(NOON + HOUR, event("w2", phase=Phase.ENDED))
    assert desk.titles(NOON + DAY) == ["w1", "w2"]


def test_quiet_hours_are_those_of_the_zone():
    berlin = Desk(rules(quiet={"hours": "14:00-15:00"}, timezone="Europe/Berlin"))
    assert berlin.titles(NOON, event()) == []
    assert Desk(rules(quiet={"hours": "14:00-15:00"}), zone="Asia/Tokyo").titles(NOON, event()) == ["w1"]


def test_critical_passes_a_quiet_time_and_takes_its_window_along():
    desk = Desk(rules(quiet={"hours": "22:00-07:00"}))
    desk.tell(NIGHT, event("before", topic=Topic.TRAINING))
    assert desk.titles(NIGHT + HOUR, event("bad", **CRITICAL), event("beside")) == ["bad", "beside"]
    assert desk.titles(MORNING) == ["before"]


def test_that_a_critical_incident_is_over_waits_for_the_morning():
    desk = Desk(rules(quiet={"hours": "22:00-07:00"}))
    desk.tell(NIGHT, event("bad", **CRITICAL))
    assert desk.titles(NIGHT + HOUR, event("good", phase=Phase.ENDED, topic=Topic.DATA)) == []
    assert desk.titles(MORNING) == ["good"]


def test_a_spent_budget_keeps_the_rest_for_the_next_day():
    desk = Desk(rules(at_most_per_day=2))
    assert not desk.plan(NOON, event("a", topic=Topic.DRIFT)).last_of_day
    desk.tell(NOON, event("a", topic=Topic.DRIFT))
    soon = NOON + timedelta(minutes=1)
    assert desk.plan(soon, event("b", topic=Topic.TRAINING)).last_of_day
    desk.tell(soon, event("b", topic=Topic.TRAINING))
    assert desk.plan(NOON + HOUR, event("c", topic=Topic.MONITORING)).sends == desk.plan(NOON + HOUR).sends == {}
    desk.tell(NOON + HOUR, event("c", topic=Topic.MONITORING))
    assert desk.titles(NOON + HOUR, event("d", **CRITICAL)) == ["d"]
    assert desk.titles(NOON + 13 * HOUR) == ["c"]


def test_what_a_sink_did_not_take_comes_with_its_next_message():
    other = {"kind": "webhook", "url": "http://127.0.0.1:8/"}
    desk = Desk(rules(to=[SINK, other]))
    first, second = (sink.label for sink in desk.rules.to)
    desk.down = {second}
    assert set(desk.tell(NOON, event("a"))) == {first}
    desk.down = set()
    told = desk.tell(NOON + HOUR, event("b", topic=Topic.TRAINING))
    assert [found.subject for found in told[first]] == ["b"]
    assert [found.subject for found in told[second]] == ["a", "b"]
    assert desk.tell(NOON + 2 * HOUR) == {}


def test_what_nobody_took_for_a_week_is_forgotten(desk):
    desk.down = {desk.rules.to[0].label}
    desk.tell(NOON, event("a"))
    desk.down = set()
    assert desk.plan(NOON + 6 * DAY).sends
    assert not desk.plan(NOON + 7 * DAY).sends


def test_a_sink_for_bad_news_gets_no_other():
    pager = {"kind": "webhook", "url": "http://127.0.0.1:8/", "least": "critical"}
    desk = Desk(rules(to=[SINK, pager]))
    first, second = (sink.label for sink in desk.rules.to)
    assert set(desk.tell(NOON, event("a"))) == {first}
    told = desk.tell(NOON + HOUR, event("b", topic=Topic.TRAINING), event("bad", **CRITICAL))
    assert [found.subject for found in told[second]] == ["bad"]
    over = desk.tell(NOON + 2 * HOUR, event("good", topic=Topic.DATA, phase=Phase.ENDED))
    assert set(over) == {first, second}


RULES = st.fixed_dictionaries(
    {
        "at_most_per_day": st.integers(1, 3),
        "quiet": st.sampled_from([{}, {"hours": "22:00-07:00"}, {"days": ["sat", "sun"]}, {"hours": "09:00-17:00"}]),
        "repeat_after": st.sampled_from(["1h", "1d", "3d"]),
        "least": st.sampled_from(list(Severity)),
        "timezone": st.sampled_from(["UTC", "America/New_York", "Asia/Kolkata"]),
    }
)
EVENTS = st.builds(
    event,
    st.integers(0, 40).map(str),
    topic=st.sampled_from(list(Topic)),
    phase=st.sampled_from(list(Phase)),
    severity=st.sampled_from(list(Severity)),
)
STEPS = st.lists(st.tuples(st.integers(1, 30 * 60), st.lists(EVENTS, max_size=3), st.booleans()), max_size=30)


def run(told, steps):
    """Let a desk live through steps; what it was asked and did at each."""
    desk, now, lived = Desk(rules(**told)), NOON, []
    label = desk.rules.to[0].label
    for minutes, events, down in steps:
        now += timedelta(minutes=minutes)
        desk.down = {label} if down else set()
        plan = desk.plan(now, *events)
        lived.append((now, plan, desk.tell(now, *events).get(label, ())))
    return desk, lived


@settings(deadline=None)
@given(RULES, STEPS)
def test_no_day_has_more_messages_than_the_budget_but_for_critical_ones(told, steps):
    days: dict[object, int] = {}
    for now, _, taken in run(told, steps)[1]:
        if taken:
            day = now.astimezone(ZoneInfo(told["timezone"])).date()
            days[day] = days.get(day, 0) + 1
            assert days[day] <= told["at_most_per_day"] or any(found.urgent for found in taken)


@settings(deadline=None)
@given(RULES, STEPS)
def test_critical_is_never_held_back(told, steps):
    for _, plan, _ in run(told, steps)[1]:
        urgent = [found for found in plan.fresh if found.urgent]
        assert plan.held is None or not urgent
        assert all(found in events for found in urgent for events in plan.sends.values())
        assert not urgent or plan.sends


@settings(deadline=None)
@given(RULES, STEPS)
def test_nothing_is_told_twice_and_nothing_new_is_lost(told, steps):
    desk, lived = run(told, steps)
    label, now = desk.rules.to[0].label, lived[-1][0] if lived else NOON
    desk.down, desk.rules = set(), rules(**{**told, "quiet": {}, "at_most_per_day": 10_000})
    recent = now - timedelta(days=7)
    desk.tell(now + timedelta(minutes=1))
    fresh = [(at, found) for at, plan, _ in lived for found in plan.fresh]
    taken = [found for record in desk.log if label in record.delivered for found in record.events]
    new = [found for at, found in fresh if at > recent + timedelta(minutes=1)]
    assert all(found in taken for found in new)
    assert all(taken.count(found) <= sum(1 for _, other in fresh if other == found) for found in taken)
