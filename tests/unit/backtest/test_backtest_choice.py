"""Policies are named by a word or a small mapping."""

from __future__ import annotations

import pytest

from leeway.backtest.choice import default_policies, name_of, named, parse_policy
from leeway.errors import BacktestError


def test_a_word_or_a_mapping_names_a_policy():
    assert name_of(parse_policy("every")) == "every"
    assert name_of(parse_policy("{kind: every, windows: 4}")) == "every(windows=4)"
    assert name_of(parse_policy('{"kind": "every", "windows": 4}')) == "every(windows=4)"


def test_equal_policies_are_played_once():
    given = [parse_policy(text) for text in ("every", "{kind: every, windows: 1}", "never")]
    assert list(named(given)) == ["every", "never"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("evry", "Did you mean 'every'"),
        ("{kind: every, window: 4}", "Did you mean 'windows'"),
        ("{kind: every, windows: 0}", "windows"),
        ("{kind: every", "cannot be read"),
        ("4", "keys with values"),
        ("nowhere:Policy", "cannot be imported"),
    ],
    ids=["kind", "key", "value", "yaml", "number", "module"],
)
def test_what_is_no_policy_is_said(text, said):
    with pytest.raises(BacktestError) as caught:
        parse_policy(text)
    assert caught.value.code == "BKT005"
    assert said in str(caught.value)


def test_by_default_the_own_policy_comes_first_and_the_baselines_after_it():
    own = parse_policy("{kind: every, windows: 3}")
    assert list(named(default_policies(own)))[:4] == ["every(windows=3)", "never", "every", "evidence"]
    assert next(iter(named(default_policies()))) == "never"
