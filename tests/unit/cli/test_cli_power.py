"""``leeway power``: what the held-back rows could show, before anything is trained."""

from __future__ import annotations

import json

import pytest

import tiny
from leeway import replay


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A model whose first champion has served for some labelled days."""
    project = tiny.project(
        tmp_path_factory.mktemp("power"),
        days=9,
        gates=["versus_champion", {"kind": "versus_champion", "better": True, "alpha": 0.05}],
        policy={"kind": "never", "bootstrap_windows": 4, "min_rows": 50},
    )
    replay.advance(project.workspace(), project.spec, tiny.day(8))
    return project


def test_more_held_back_windows_show_smaller_differences(served, ask):
    told = ask(served.env, "power", "tiny")
    assert (told["champion"], told["source"], told["rows"], told["days"]) == (1, "champion", tiny.ROWS, 1)
    for gate in told["gates"]:
        one, two = gate["sizes"]
        assert (one["windows"], two["windows"]) == (1, 2)
        assert one["detectable"] > two["detectable"] > 0
        assert two["share"] == pytest.approx(two["detectable"] / told["loss"])


def test_a_win_that_the_rows_cannot_show_is_warned_of(served, ask, leeway):
    lenient, win = ask(served.env, "power", "tiny")["gates"]
    assert lenient["warning"] is None
    assert "Hold back more windows" in win["warning"]
    assert "hardly ever pass" in leeway(served.env, "power", "tiny").stdout


def test_without_a_champion_it_says_why_nothing_can_be_told(tmp_path, leeway):
    project = tiny.project(tmp_path, days=2)
    project.workspace()
    result = leeway(project.env, "power", "tiny", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["error"]["code"] == "PRO504"
