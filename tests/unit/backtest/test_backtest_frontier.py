"""The fixed rhythms and the best schedules, against the plain way of computing them."""

from __future__ import annotations

from itertools import chain, combinations

import planted
import pytest

from leeway.backtest.frontier import Schedules, frontier, luck, periodic_at
from leeway.backtest.matrix import Trained
from leeway.backtest.oracle import oracle
from leeway.backtest.regret import Yardstick

WARMUP = 3
MATRICES = {}


@pytest.fixture(scope="module", params=[0, 2], ids=["labels at once", "labels two windows late"])
def schedules(request, tmp_path_factory):
    given = planted.stream(flip=6, windows=10, rows=60, delay=request.param)
    MATRICES[given.known] = planted.matrix(given, tmp_path_factory.mktemp("matrix"))
    return Schedules(MATRICES[given.known], WARMUP)


def by_hand(schedules, retrains):
    """The mean of what each window's model scores on it, window by window."""
    stream, end, values, made = schedules.stream, WARMUP - 1, [], 0
    model = Trained(0, end)
    for window in range(WARMUP, len(stream.windows)):
        values.append(MATRICES[stream.known].values(model)[window])
        if window in retrains and stream.known[window] > model.last:
            model, made = Trained(0, stream.known[window]), made + 1
    return made, sum(values) / len(values)


def test_a_schedule_is_scored_window_by_window_before_it_is_learnt_from(schedules):
    for retrains in [(), (3,), (4, 7), tuple(schedules.decisions)]:
        made, score = by_hand(schedules, retrains)
        found = schedules.score(retrains)
        assert found.retrains == made
        assert found.score == pytest.approx(score, abs=1e-12)


def test_a_period_is_the_mean_over_all_of_its_phases(schedules):
    phases = [schedules.score([w for w in schedules.decisions if (w - WARMUP) % 3 == phase]) for phase in range(3)]
    found = schedules.periodic(3)
    assert found.score == pytest.approx(sum(point.score for point in phases) / 3)
    assert found.retrains == pytest.approx(sum(point.retrains for point in phases) / 3)


def test_the_oracle_is_the_best_of_all_schedules_with_as_many_retrains(schedules):
    decisions = list(schedules.decisions)
    every = chain.from_iterable(combinations(decisions, size) for size in range(len(decisions) + 1))
    best: dict[float, float] = {}
    for retrains in every:
        point = schedules.score(retrains)
        best[point.retrains] = max(best.get(point.retrains, 0.0), point.score)
    found = oracle(schedules)
    assert {point.retrains: point.score for point in found} == pytest.approx(best)


def test_between_periods_the_frontier_is_a_straight_line(schedules):
    periodic, never = frontier(schedules), schedules.never()
    assert periodic_at(0, never, periodic) == never
    for point in periodic:
        assert periodic_at(point.retrains, never, periodic) == pytest.approx(point.score)
    longest = min(periodic, key=lambda point: point.retrains)
    assert periodic_at(longest.retrains / 2, never, periodic) == pytest.approx((never + longest.score) / 2)


def test_regret_is_against_the_best_rhythm_at_that_cost(schedules):
    measured = Yardstick.of(schedules)
    for cost in (0.0, 0.1, 5.0):
        rhythms = [(measured.never, 0.0), *((point.score, point.retrains) for point in measured.periodic)]
        regrets = [measured.regret(score, retrains, cost) for score, retrains in rhythms]
        assert min(regrets) == pytest.approx(0.0, abs=1e-12)
        assert max(regrets) >= 0
    assert measured.regret(measured.never, 0.0, 1e6) == 0.0
    assert measured.d(measured.periodic[0].score + 0.01, measured.periodic[0].retrains) == pytest.approx(1.0)


def test_the_luck_of_phases_is_a_spread_in_the_metric(schedules):
    assert 0 <= luck(schedules) < 0.5
