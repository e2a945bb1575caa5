"""From money to points: what follows, and what has to be said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeway.core.metric import COST_WINDOWS
from leeway.errors import LeewayError
from leeway.evaluation.retrain_cost import retrain_cost

amounts = st.floats(1e-3, 1e6)


@given(amounts, amounts, amounts)
def test_a_retrain_that_brings_its_cost_in_points_earns_exactly_its_money(money, rows, value):
    points = retrain_cost("accuracy", money, rows=rows, value_per_row=value).points
    earned = points / 100 * rows * value * COST_WINDOWS
    assert earned == pytest.approx(money)


@given(amounts, amounts, st.sampled_from(["auc", "mae", "accuracy"]))
def test_the_worth_of_a_point_may_be_said_for_every_metric(money, value, metric):
    cost = retrain_cost(metric, money, value_per_point=value)
    assert cost.points * value * COST_WINDOWS == pytest.approx(money)
    assert metric in str(cost)


def test_a_retrain_that_costs_nothing_has_to_bring_nothing():
    assert retrain_cost("auc", 0, value_per_point=1).points == 0


@pytest.mark.parametrize(
    ("metric", "said", "code"),
    [
        ("auc", {"rows": 100, "value_per_row": 1}, "LWY030"),
        ("mae", {}, "LWY030"),
        ("accuracy", {"rows": 100}, "LWY030"),
        ("accuracy", {"value_per_row": 1}, "LWY030"),
        ("accuracy", {"value_per_row": 1, "value_per_point": 1, "rows": 10}, "LWY030"),
        ("accuracy", {"value_per_row": 0, "rows": 10}, "LWY031"),
        ("auc", {"value_per_point": -1}, "LWY031"),
        ("auc", {"value_per_point": float("nan")}, "LWY031"),
    ],
    ids=["no rows in auc", "mae", "no value", "no rows", "twice", "worth nothing", "negative", "nan"],
)
def test_what_does_not_follow_is_refused(metric, said, code):
    with pytest.raises(LeewayError) as caught:
        retrain_cost(metric, 200, **said)
    assert caught.value.code == code
