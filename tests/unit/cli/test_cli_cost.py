"""``leeway retrain-cost``: from a person's figures to the line of the model file."""

from __future__ import annotations

import pytest

import tiny

FIGURES = ("retrain-cost", "--retrain-money", "200", "--value-per-row", "0.2")


def test_without_a_model_rows_are_given_and_the_metric_is_accuracy(ask, leeway):
    told = ask({}, *FIGURES, "--rows-per-window", "6500")
    assert (told["metric"], told["windows"], told["value_per_point"]) == ("accuracy", 40, 13.0)
    assert told["retrain_cost"] == pytest.approx(200 / (13 * 40))
    assert "retrain_cost: 0.385" in leeway({}, *FIGURES, "--rows-per-window", "6500").stdout


def test_with_a_model_rows_are_those_of_its_windows(kept, ask):
    told = ask(kept.project.env, *FIGURES, "--metric", "accuracy", "tiny")
    assert (told["rows_per_window"], told["retrain_cost"]) == (tiny.ROWS, pytest.approx(200 / (40 * 0.2 / 100 * 40)))


def test_the_primary_metric_of_a_model_needs_the_worth_of_a_point(kept, ask):
    assert ask(kept.project.env, *FIGURES, "tiny")["error"]["code"] == "LWY030"
    told = ask(kept.project.env, "retrain-cost", "tiny", "--retrain-money", "200", "--value-per-point", "50")
    assert (told["metric"], told["retrain_cost"]) == ("auc", 0.1)


def test_a_model_without_windows_says_what_is_missing(tmp_path, ask):
    project = tiny.project(tmp_path)
    project.workspace()
    error = ask(project.env, *FIGURES, "--metric", "accuracy", "tiny")["error"]
    assert (error["code"], error["do"]) == ("LWY030", "Give --rows-per-window.")


def test_an_unknown_metric_is_refused_with_a_hint(ask):
    error = ask({}, *FIGURES, "--metric", "acuracy")["error"]
    assert "Did you mean 'accuracy'" in error["message"]
