"""The small charts: which windows they show, and what of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import tiny
from ledgers import World, served
from leeway.catalog import Catalog
from leeway.facts.charts import CHART_WINDOWS, ChartPoint, charts_of
from values import estimate, performance

if TYPE_CHECKING:
    from leeway.spec import ModelSpec


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    """The file of the model ``ape``."""
    return tiny.project(tmp_path_factory.mktemp("charts"), days=1, name="ape").spec


@pytest.fixture
def world(sqlite_url: str) -> World:
    """The model has a champion."""
    return served(World(Catalog(sqlite_url), "ape"))


def chart(world: World, spec: ModelSpec) -> list[ChartPoint]:
    (found,) = charts_of(world.catalog, [spec]).charts.values()
    return found


def test_a_chart_shows_what_is_known_of_each_window_oldest_first(world, spec):
    told = performance(0, window=tiny.day(0), metrics={"auc": 0.8})
    world.decide(matured=(told,), estimated=estimate(0, window=tiny.day(1)))
    assert [(point.realised, point.coverage, point.estimated) for point in chart(world, spec)] == [
        (0.8, 0.9, None),
        (None, None, 0.7),
    ]


def test_a_chart_shows_no_estimate_that_is_muted(world, spec):
    world.decide(estimated=estimate(0, window=tiny.day(1), muted=True))
    assert [point.estimated for point in chart(world, spec)] == [None]


def test_a_chart_shows_the_newest_windows_only(world, spec):
    days = range(-CHART_WINDOWS - 5, 1)
    world.decide(matured=tuple(performance(0, window=tiny.day(number)) for number in days))
    found = chart(world, spec)
    assert len(found) == CHART_WINDOWS
    assert found[-1].start == tiny.day(0).start


def test_a_model_without_figures_has_an_empty_chart(world, spec):
    assert chart(world, spec) == []
    assert charts_of(world.catalog, []).charts == {}
