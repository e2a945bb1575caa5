"""Measurements and their revisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text

from leeway.core import EntryKind
from leeway.errors import CatalogError, FencedError
from values import MODEL, day, decision, measurement, signal

if TYPE_CHECKING:
    from leeway.catalog import Catalog
    from leeway.core import Measurement


def record(catalog: Catalog, measured: Measurement) -> int:
    return catalog.record(measured, scope="m", token=catalog.take_token(MODEL, "m"))


def decide(catalog: Catalog, number: int, **evidence: int) -> None:
    expected = catalog.last_seq(MODEL)
    catalog.append(MODEL, EntryKind.DECISION, day(number).end, decision(number, evidence=evidence), expected=expected)


def test_equal_content_is_the_same_revision_and_other_content_the_next(catalog: Catalog) -> None:
    assert [record(catalog, measurement(rows=rows)) for rows in (1, 1, 2, 2, 1)] == [1, 1, 2, 2, 3]
    assert catalog.revisions(MODEL, day(0)) == 3
    assert catalog.revisions(MODEL, day(1)) == 0
    found = [catalog.measurement(MODEL, day(0), revision) for revision in (1, 2, 3, None)]
    assert found == [measurement(rows=rows) for rows in (1, 2, 1, 1)]
    assert catalog.measurement(MODEL, day(0), 4) is None
    assert catalog.measurement(MODEL, day(1)) is None


def test_an_outdated_try_records_nothing(catalog: Catalog) -> None:
    old = catalog.take_token(MODEL, "m")
    catalog.take_token(MODEL, "m")
    with pytest.raises(FencedError):
        catalog.record(measurement(), scope="m", token=old)
    assert catalog.measurement(MODEL, day(0)) is None


def test_numbers_that_are_undefined_are_read_back_as_undefined(catalog: Catalog) -> None:
    odd = measurement(signals=(signal(statistic=float("nan"), effect=float("inf")),))
    assert record(catalog, odd) == record(catalog, odd) == 1
    found = catalog.measurement(MODEL, day(0))
    assert found is not None
    assert found.to_json() == odd.to_json()


def test_signals_can_be_queried_by_sql(catalog: Catalog, catalog_url: str) -> None:
    record(catalog, measurement(signals=(signal("a"), signal("b", flagged=False, p_value=None))))
    record(catalog, measurement(signals=(signal("c", statistic=float("inf")),)))
    engine = create_engine(catalog_url)
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT revision, position, subject, statistic, p_value, flagged FROM signal ORDER BY 1, 2")
        )
        assert [tuple(row) for row in rows] == [
            (1, 0, "a", 0.3, 0.01, True),
            (1, 1, "b", 0.3, None, False),
            (2, 0, "c", None, 0.01, True),
        ]
    engine.dispose()


def test_measurements_are_the_newest_of_each_window_oldest_first(catalog: Catalog) -> None:
    for number, rows in ((2, 1), (0, 1), (1, 1), (0, 5)):
        record(catalog, measurement(number, rows=rows))
    newest = (measurement(0, rows=5), measurement(1, rows=1), measurement(2, rows=1))
    assert catalog.measurements(MODEL) == newest
    assert catalog.measurements(MODEL, until=day(1).end) == newest[:2]
    assert catalog.measurements(MODEL, since=day(1).start) == newest[1:]
    assert catalog.measurements(MODEL, since=day(1).start, until=day(1).end) == newest[1:2]
    assert catalog.measurements("other") == ()


def test_as_decided_gives_what_the_decisions_rest_on(catalog: Catalog) -> None:
    for number, rows in ((0, 1), (1, 1), (0, 2), (2, 1), (3, 1)):
        record(catalog, measurement(number, rows=rows))
    decide(catalog, 1, measurement=1)
    decide(catalog, 0, measurement=1)
    decide(catalog, 3)
    as_decided = (measurement(0, rows=1), measurement(1, rows=1))
    assert catalog.measurements(MODEL, as_decided=True) == as_decided
    assert catalog.measurements(MODEL, until=day(0).end, as_decided=True) == as_decided[:1]
    assert catalog.measurements(MODEL, since=day(1).start, as_decided=True) == as_decided[1:]


def test_a_decision_on_a_measurement_that_is_missing_is_told(catalog: Catalog) -> None:
    decide(catalog, 0, measurement=1)
    with pytest.raises(CatalogError) as refused:
        catalog.measurements(MODEL, as_decided=True)
    assert refused.value.code == "CAT010"
    assert any("missing" in finding for finding in catalog.verify())
