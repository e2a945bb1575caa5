"""Figures say what the measurements say, window by window; evaluations are there in short."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from leeway.canonical import canonical_json
from leeway.catalog import Catalog, FigureKind, migrate
from leeway.core import Block, EntryKind, Measurement, Performance, Verdict
from values import MODEL, day, estimate, evaluation, measurement, performance, rival

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from leeway.core import Value

DAYS = 5
BLOCK = Block(rows=9, loss=0.5, variance=0.1, largest=0.9)


def record(catalog: Catalog, measured: Measurement) -> int:
    return catalog.record(measured, scope="m", token=catalog.take_token(measured.model, "m"))


def measured(number: int, about: Iterable[int] = (), **changes: Any) -> Measurement:
    """A measurement of a day that speaks of others."""
    found = [performance(one, days=(BLOCK,)) for one in about]
    return measurement(number, signals=(), **{"matured": tuple(found), **changes})


def spelled(found: Iterable[Value]) -> list[str]:
    return [one.to_json() for one in found]


def said(catalog: Catalog, model: str, kind: str) -> list[str]:
    """What the measurements say, brute force: of what several say of one window, the newest."""
    newest: dict[str, list[str]] = {}
    for one in catalog.measurements(model):
        values = {"matured": one.matured, "rivals": one.rivals, "estimated": (one.estimated,) if one.estimated else ()}
        said_now: dict[str, list[str]] = {}
        for value in values[kind]:
            plain = value.model_copy(update={"days": ()}) if isinstance(value, Performance) else value
            said_now.setdefault(value.window.key, []).append(plain.to_json())
        newest |= said_now
    return [text for key in sorted(newest) for text in newest[key]]


steps = st.lists(
    st.builds(
        lambda number, about, loss, guess, others: measured(
            number,
            matured=tuple(performance(one, loss=loss, days=(BLOCK,)) for one in sorted(about)),
            estimated=estimate(number, muted=guess > 1) if guess else None,
            rivals=tuple(rival(one, gain=loss) for one in sorted(about) if others),
        ),
        number=st.integers(0, DAYS),
        about=st.sets(st.integers(0, DAYS), max_size=3),
        loss=st.sampled_from([0.25, 0.5, float("nan")]),
        guess=st.integers(0, 2),
        others=st.booleans(),
    ),
    max_size=10,
)


@pytest.fixture(scope="module")
def shared() -> Catalog:
    """A catalog that the examples fill, each with a model of its own: migrating takes longer than all the rest."""
    catalog = Catalog("sqlite://")
    catalog.migrate()
    return catalog


_examples = itertools.count()


@settings(max_examples=60, deadline=None)
@given(steps=steps, count=st.integers(1, 4))
def test_figures_are_what_the_newest_measurements_say(shared: Catalog, steps: list[Measurement], count: int) -> None:
    model = f"{MODEL}_{next(_examples)}"
    for step in steps:
        record(shared, step.model_copy(update={"model": model}))
    found = shared.figures(model)
    assert spelled(found.realised) == said(shared, model, "matured")
    assert spelled(found.estimated) == said(shared, model, "estimated")
    assert spelled(found.rivals) == said(shared, model, "rivals")
    points = shared.newest_points([model, "other"], count)
    assert points["other"] == []
    realised = [(one.window.start, one.coverage) for one in found.realised]
    told = [(point.start, point.coverage) for point in points[model] if point.kind is FigureKind.REALISED]
    assert told == [pair for pair in realised if pair[0] in newest_spoken_of(steps, count)]
    guessed = sorted({one.estimated.window.start for one in steps if one.estimated})[-count:]
    guesses = [(point.start, point.muted) for point in points[model] if point.kind is FigureKind.ESTIMATED]
    assert guesses == [(one.window.start, one.muted) for one in found.estimated if one.window.start in guessed]


def newest_spoken_of(steps: list[Measurement], count: int) -> set[datetime]:
    """The starts of the newest windows that any revision has called realised."""
    return set(sorted({one.window.start for step in steps for one in step.matured})[-count:])


def test_a_later_revision_replaces_what_the_earlier_one_said(catalog: Catalog) -> None:
    record(catalog, measured(3, about=(1, 2), estimated=estimate(3)))
    record(catalog, measured(3, about=(2,)))
    found = catalog.figures(MODEL)
    assert [one.window for one in found.realised] == [day(2)]
    assert found.estimated == ()


def test_of_two_windows_that_speak_of_the_same_one_the_later_is_believed(catalog: Catalog) -> None:
    for number, loss in ((4, 0.4), (3, 0.3)):
        record(catalog, measured(number, matured=(performance(1, loss=loss),)))
    assert [one.loss for one in catalog.figures(MODEL).realised] == [0.4]
    assert len(catalog.newest_points([MODEL], 2)[MODEL]) == 1


def test_figures_can_be_asked_for_by_the_window_that_they_are_about(catalog: Catalog) -> None:
    record(catalog, measured(4, about=(0, 1, 2, 3)))
    found = catalog.figures(MODEL, since=day(1).start, until=day(2).end)
    assert [one.window for one in found.realised] == [day(1), day(2)]
    assert catalog.figures("other").realised == ()


def test_a_performance_is_kept_without_its_days_and_read_without_them(catalog: Catalog) -> None:
    record(catalog, measured(1, about=(0,)))
    assert catalog.figures(MODEL).realised == (performance(0),)


def test_points_hold_the_figures_by_name(catalog: Catalog) -> None:
    odd = performance(0, metrics={"auc": float("nan"), "brier": 0.2})
    record(catalog, measured(1, matured=(odd,), estimated=estimate(1)))
    realised, guess = catalog.newest_points([MODEL], 1)[MODEL]
    assert (realised.metrics, realised.coverage, realised.version) == ({"auc": None, "brier": 0.2}, 0.9, 1)
    assert (guess.metrics, guess.coverage, guess.start) == ({"auc": 0.7}, None, day(1).start)
    assert catalog.newest_points([], 1) == {}


def test_every_model_has_its_own_newest_windows(catalog: Catalog) -> None:
    for model, days in ((MODEL, (0, 1, 2)), ("other", (7, 9))):
        for number in days:
            record(catalog, measured(number + 1, about=(number,), model=model))
    found = catalog.newest_points([MODEL, "other", "none"], 2)
    starts = {model: [point.start for point in points] for model, points in found.items()}
    assert starts == {MODEL: [day(1).start, day(2).start], "other": [day(7).start, day(9).start], "none": []}


def test_evaluations_are_in_the_database_in_short(catalog: Catalog, catalog_url: str) -> None:
    catalog.append(MODEL, EntryKind.EVALUATION, day(0).end, evaluation(0), expected=0)
    rejected = evaluation(1, request="approval:2", verdict=Verdict.FAILED, challenger=None, champion=None)
    catalog.append(MODEL, EntryKind.EVALUATION, day(1).end, rejected, expected=1)
    engine = create_engine(catalog_url)
    with engine.connect() as connection:
        query = "SELECT seq, request, verdict, champion, challenger, reasons FROM evaluation ORDER BY seq"
        assert [tuple(row) for row in connection.execute(text(query))] == [
            (1, "", "reject", 1, 2, '["scheduled"]'),
            (2, "approval:2", "failed", None, None, '["scheduled"]'),
        ]
    engine.dispose()


def test_migrating_an_older_catalog_fills_in_what_it_would_have_written(empty_url: str, catalog: Catalog) -> None:
    for number in range(4):
        found = measured(number, about=(number - 1,), estimated=estimate(number, muted=number == 2))
        record(catalog, found.model_copy(update={"rivals": (rival(number - 1),)}))
    record(catalog, measured(0, about=(-2, -1)))
    catalog.append(MODEL, EntryKind.EVALUATION, day(0).end, evaluation(0), expected=0)
    expected = catalog.contents()
    older = _at_first_revision(empty_url, expected)
    older.migrate()
    older.check()
    assert canonical_json(older.contents()) == canonical_json(expected)
    assert [one.window for one in older.figures(MODEL).realised] == [day(number) for number in range(-2, 3)]


def _at_first_revision(url: str, contents: dict[str, list[dict[str, Any]]]) -> Catalog:
    """A catalog as an older leeway has left it, with some content."""
    older = Catalog(url)
    older._db.prepare()
    with older._db.write("older") as connection:
        migrate.upgrade(connection, "0001")
    engine = create_engine(url)
    with engine.begin() as connection:
        for table in ("measurement", "ledger"):
            for row in contents[table]:
                plain = {name: _moment(value) if name in _TIMES else value for name, value in row.items()}
                names = ", ".join(f'"{name}"' for name in plain)
                places = ", ".join(f":{name}" for name in plain)
                connection.execute(text(f'INSERT INTO "{table}" ({names}) VALUES ({places})'), plain)
    engine.dispose()
    return older


_TIMES = ("window_start", "window_end", "at")


def _moment(value: str | None) -> str | None:
    return value and value.replace("+00:00", ".000000Z")
