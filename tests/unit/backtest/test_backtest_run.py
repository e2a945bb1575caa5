"""A whole backtest: done once, extended cheaply, honest about what is chance."""

from __future__ import annotations

from dataclasses import replace

import planted
import pytest

from leeway.backtest.choice import named, parse_policy
from leeway.backtest.learner import default_learner
from leeway.backtest.page import page
from leeway.backtest.plays import Protocol, Setting
from leeway.backtest.recommend import Choice, recommend
from leeway.backtest.regret import Yardstick
from leeway.backtest.run import backtest

TWO = ("never", "every")


def setting(root, *, seeds=1, given=None):
    return Setting(
        stream=given or planted.stream(flip=4, windows=16, rows=60),
        learner=default_learner("sklearn.linear_model.LogisticRegression"),
        rules=planted.rules(),
        root=root,
        protocol=Protocol(warmup=4, seeds=seeds, costs=(0.1, 2.0)),
        workers=1,
    )


def policies(*texts):
    return named([parse_policy(text) for text in texts])


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("backtests")


@pytest.fixture(scope="module")
def found(root):
    return backtest(setting(root), policies(*TWO))


def facts(result):
    return result.model_dump(exclude={"fitted", "seconds"})


def test_done_again_it_fits_nothing_and_finds_the_same(root, found):
    again = backtest(setting(root), policies(*TWO))
    assert found.fitted > 0
    assert again.fitted == 0
    assert facts(again) == facts(found)


def test_a_further_policy_fits_nothing(root, found):
    more = backtest(setting(root), policies(*TWO, "{kind: every, windows: 3}"))
    assert more.fitted == 0
    assert more.policies[: len(TWO)] == found.policies


def test_processes_find_what_one_does(tmp_path, found):
    spread = backtest(replace(setting(tmp_path), workers=2), policies(*TWO))
    assert facts(spread) == facts(found)


def test_never_has_no_regret_where_it_is_the_best_rhythm(found):
    never, every = found.policies
    assert never.score == found.never
    assert every.regret["2"] > every.regret["0.1"]
    assert never.retrains == 0
    assert every.false_retrains == every.retrains


def test_where_everything_changed_retraining_pays_and_is_recommended(found):
    assert found.every > found.never + 0.2
    assert found.recommendation.policy == "every"
    assert found.policies[0].regret["0.1"] > 10


def test_shuffled_rows_leave_less_to_win_by_timing(found):
    at = {point.retrains: point.excess for point in found.shuffled.oracle}
    assert max(at.values()) < max(point.excess for point in found.oracle)


def test_seeds_of_a_learner_without_chance_agree(root):
    result = backtest(setting(root, seeds=2), policies(*TWO))
    assert [policy.score_spread for policy in result.policies] == [0.0, 0.0]
    assert result.seeds == 2


def yardstick(luck):
    return Yardstick(metric="accuracy", never=0.7, periodic=(), best=(), luck=luck)


def chosen(*choices, luck=0.1):
    real = [replace(yardstick(luck), best=(point(0.7),), periodic=(rhythm(),))]
    return recommend([Choice(**choice) for choice in choices], cost=0.1, real=real, shuffled=real)


def point(score):
    from leeway.backtest.frontier import Point

    return Point(retrains=0, score=score)


def rhythm():
    from leeway.backtest.frontier import Periodic

    return Periodic(period=1, retrains=9, score=0.71)


def choice(policy, utility, retrains, setting=0.1):
    return {"policy": policy, "setting": setting, "utilities": (utility,), "retrains": retrains}


def test_among_ties_the_one_with_fewest_retrains_is_recommended():
    said = chosen(choice("often", 1.0, 12), choice("seldom", 0.9, 2), choice("never", 0.0, 0))
    assert said.policy == "seldom"
    assert set(said.ties) == {"often", "seldom"}
    assert any("chance" in reason for reason in said.reasons)


def test_a_clear_winner_is_recommended_whatever_it_retrains():
    assert chosen(choice("often", 1.0, 12), choice("never", 0.0, 0)).policy == "often"


def test_the_real_cost_is_the_setting_unless_another_one_is_clearly_better():
    tie = chosen(choice("evidence", 1.0, 5, setting=0.2), choice("evidence", 0.95, 5))
    assert tie.retrain_cost == 0.1
    better = chosen(choice("evidence", 2.0, 5, setting=0.2), choice("evidence", 0.5, 5))
    assert better.retrain_cost == 0.2


def test_the_page_stands_alone_and_takes_names_literally(found):
    bad = "<script>alert(1)</script>"
    named_badly = found.policies[0].model_copy(update={"name": bad})
    text = page(found.model_copy(update={"name": bad, "policies": (named_badly, *found.policies[1:])})).decode()
    assert bad not in text
    assert "&lt;script&gt;alert(1)" in text
    assert ' src="http' not in text
    assert 'id="frontier"' in text
    assert 'id="timeline"' in text


def test_the_result_survives_json(found):
    assert type(found).model_validate_json(found.to_json()) == found
