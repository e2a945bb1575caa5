"""The page of all models: what it finds, how it is ordered, and what a row says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import tiny
from ledgers import World, served
from leeway.catalog import Catalog
from leeway.core import Action, Verdict
from leeway.facts.health import Health
from leeway.facts.overview import Page, Query, overview
from leeway.facts.rows import ModelRow, model_rows
from leeway.facts.standing import standings
from values import estimate, performance

if TYPE_CHECKING:
    from leeway.facts.standing import Standing
    from leeway.spec import ModelSpec

OWNERS = {"ape": "ann", "bee": "bob", "cow": "ann", "dog": "bob"}


@pytest.fixture(scope="module")
def specs(tmp_path_factory: pytest.TempPathFactory) -> list[ModelSpec]:
    """Four model files."""
    folder = tmp_path_factory.mktemp("overview")
    schedule = {"end": None}
    return [
        tiny.project(folder, days=1, name=name, owner=owner, tags=[name, owner], schedule=schedule).spec
        for name, owner in OWNERS.items()
    ]


def told(number: int, auc: float, **changes: Any) -> dict[str, Any]:
    """What a measurement of the next day says of an earlier one, and of its own."""
    return {
        "matured": (performance(0, window=tiny.day(number - 1), metrics={"auc": auc}, **changes),),
        "estimated": estimate(0, window=tiny.day(number)),
    }


@pytest.fixture
def catalog(catalog: Catalog) -> Catalog:
    """``ape`` is well, ``bee`` blocked, ``cow`` waits for a person, ``dog`` was never run; on each kind of database."""
    served(World(catalog, "ape")).decide(**told(1, 0.8))
    bee = served(World(catalog, "bee"))
    bee.decide(Action.NONE, **told(1, 0.9))
    bee.decide(Action.BLOCK, kinds=("slice", *["data"] * 6))
    cow = served(World(catalog, "cow"))
    cow.decide(Action.RETRAIN, kinds=("slice",), **told(1, float("nan")))
    cow.evaluate(Verdict.AWAIT_APPROVAL)
    return catalog


def found(catalog: Catalog, specs: list[ModelSpec]) -> list[Standing]:
    return standings(catalog, specs, tiny.day(0).end)


def page(catalog: Catalog, specs: list[ModelSpec], **query: Any) -> Page:
    return overview(catalog, found(catalog, specs), Query(**query))


def names(found: Page) -> list[str]:
    return [row.model for row in found.models]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "ape bee cow dog"),
        ({"search": " BE"}, "bee"),
        ({"search": "visitor"}, "ape bee cow dog"),
        ({"search": "ann"}, "ape cow"),
        ({"owner": "bob"}, "bee dog"),
        ({"tag": "cow"}, "cow"),
        ({"owner": "bob", "tag": "cow"}, ""),
        ({"health": "waiting"}, "cow"),
        ({"health": ""}, "ape bee cow dog"),
    ],
)
def test_models_are_found_by_what_the_file_says_and_by_health(query, expected, catalog, specs):
    assert names(page(catalog, specs, sort="model", **query)) == expected.split()


def test_health_is_counted_before_it_is_filtered(catalog, specs):
    everything = {Health.BLOCKED: 1, Health.WAITING: 1, Health.NEW: 1, Health.HEALTHY: 1}
    assert page(catalog, specs, health="new").counts == everything
    assert page(catalog, specs, health="new").total == 1
    assert page(catalog, specs, owner="ann").counts == {Health.WAITING: 1, Health.HEALTHY: 1}
    assert page(catalog, specs, owner="ann").owners == ["ann", "bob"]


@pytest.mark.parametrize(
    ("sort", "ascending", "descending"),
    [
        ("model", "ape bee cow dog", "dog cow bee ape"),
        ("health", "bee cow dog ape", "ape dog cow bee"),
        ("champion", "ape bee cow dog", "ape bee cow dog"),
        ("last_window", "ape cow bee dog", "bee ape cow dog"),
        ("flagged", "ape dog cow bee", "bee cow ape dog"),
        ("metric", "ape bee cow dog", "bee ape cow dog"),
        ("decision", "bee cow ape dog", "ape cow bee dog"),
        ("next_run", "dog ape cow bee", "bee ape cow dog"),
    ],
)
def test_models_are_ordered_and_those_that_have_no_such_thing_come_last(sort, ascending, descending, catalog, specs):
    assert names(page(catalog, specs, sort=sort)) == ascending.split()
    assert names(page(catalog, specs, sort=sort, order="desc")) == descending.split()


def test_a_page_holds_so_many_models_and_the_total_tells_of_all(catalog, specs):
    pages = [page(catalog, specs, sort="model", size=3, page=number) for number in (1, 2, 3)]
    assert [names(one) for one in pages] == [["ape", "bee", "cow"], ["dog"], []]
    assert {one.total for one in pages} == {4}


def row_of(catalog: Catalog, specs: list[ModelSpec], name: str) -> ModelRow:
    (row,) = model_rows(catalog, [one for one in found(catalog, specs) if one.spec.name == name])
    return row


def test_a_row_shows_five_flags_those_first_that_decisions_rest_on(catalog, specs):
    row = row_of(catalog, specs, "bee")
    assert (row.flagged_count, [flag.kind for flag in row.flagged]) == (7, ["data"] * 5)
    assert row.flagged[0].sentence == "column 1 moved."
    assert row_of(catalog, specs, "cow").flagged[0].kind == "slice"


def test_a_row_says_who_serves_and_what_waits(catalog, specs):
    row = row_of(catalog, specs, "cow")
    assert row.champion is not None
    assert (row.champion.version, row.champion.windows, row.waiting_challenger) == (1, 1, 2)
    assert row.last_window is not None
    assert row.last_window.key == tiny.day(1).key
    assert (row.open_retrain, row.frozen, row.late_by) == (None, None, None)
    never = row_of(catalog, specs, "dog")
    assert (never.champion, never.decision, never.last_window, never.realised) == (None, None, None, None)


def test_the_newest_figures_are_those_that_are_known(catalog, specs):
    well, odd = row_of(catalog, specs, "ape"), row_of(catalog, specs, "cow")
    assert (well.realised, well.estimated) == (0.8, 0.7)
    assert (odd.realised, odd.estimated) == (None, 0.7)


def test_an_estimate_that_is_muted_is_not_shown(sqlite_url, specs):
    catalog = Catalog(sqlite_url)
    served(World(catalog, "ape")).decide(estimated=estimate(0, window=tiny.day(1), muted=True))
    assert row_of(catalog, specs, "ape").estimated is None


def test_nothing_is_asked_for_no_models(catalog):
    assert overview(catalog, [], Query()).models == []
