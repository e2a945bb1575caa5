from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from leeway.core import Window
from leeway.errors import SpecError
from leeway.expectations import check_expectations, validate, validation
from leeway.expectations.configured import configured_once
from leeway.schema import TableSchema

WINDOW = Window(start=datetime(2020, 1, 1, tzinfo=UTC), end=datetime(2020, 1, 8, tzinfo=UTC))
SCHEMA = TableSchema.model_validate(
    {
        "columns": {
            "id": {"type": "int", "role": "id"},
            "at": {"type": "timestamp", "role": "id"},
            "carrier": {"type": "string", "levels": ["AA", "<i>"]},
            "distance": {"type": "float", "minimum": 0, "maximum": 5000},
            "stops": {"type": "int", "nullable": True},
            "wet": {"type": "boolean", "nullable": True},
            "late": {"type": "boolean", "role": "target"},
        },
        "event_time": "at",
        "key": ["id", "at"],
        "label": {"column": "late", "delay": "1d"},
    }
)
ROWS = 50


def table(**changes):
    columns = {
        "id": pa.array(range(ROWS), pa.int64()),
        "at": pa.array([WINDOW.start + timedelta(hours=row) for row in range(ROWS)], pa.timestamp("us", tz="UTC")),
        "carrier": pa.array(["AA", "<i>"] * (ROWS // 2)),
        "distance": pa.array([float(row) for row in range(ROWS)]),
        "stops": pa.array([None, *range(ROWS - 1)], pa.int64()),
        "wet": pa.array([None, *[True] * (ROWS - 1)]),
    }
    return pa.table({name: values for name, values in {**columns, **changes}.items() if values is not None})


def outcome(rows, *extra):
    return validate(SCHEMA, extra, rows, model="flights", window=WINDOW, columns=SCHEMA.raw_columns)


def with_first(values, first):
    return pa.array([first, *values.to_pylist()[1:]], values.type)


GOOD = table()
BAD = {
    "VAL102": (table(wet=None), None, "the columns are not the declared ones: missing wet"),
    "VAL103": (table(distance=with_first(GOOD["distance"], None)), "distance", "distance has no value in 1 of 50 rows"),
    "VAL104": (
        table(carrier=with_first(GOOD["carrier"], "ZZ")),
        "carrier",
        "carrier is not one of its declared levels in 1 of 50 rows",
    ),
    "VAL105": (
        table(distance=with_first(GOOD["distance"], -1.0)),
        "distance",
        "distance lies outside 0.0 .. 5000.0 in 1 of 50 rows",
    ),
    "VAL106": (
        table(id=with_first(GOOD["id"], 1), at=with_first(GOOD["at"], GOOD["at"][1].as_py())),
        None,
        "the key id, at is not unique in 2 of 50 rows",
    ),
    "VAL107": (table(distance=GOOD["id"]), "distance", "distance is declared as float but holds int64"),
    "VAL109": (
        table(at=with_first(GOOD["at"], WINDOW.end)),
        "at",
        "at lies outside the window in 1 of 50 rows",
    ),
}


def test_good_rows_pass_and_every_check_is_counted():
    good = outcome(GOOD)
    assert (good.passed, good.failures) == (True, ())
    # 6 types, 4 columns that are not nullable, rows, columns, levels, range, key, event time
    assert good.checks == 16


@pytest.mark.parametrize("code", BAD)
def test_each_broken_rule_has_its_code_its_column_and_its_sentence(code):
    rows, column, sentence = BAD[code]
    bad = outcome(rows)
    assert not bad.passed
    assert [(failure.code, failure.column, failure.sentence) for failure in bad.failures] == [(code, column, sentence)]


def test_no_rows_fail():
    empty = outcome(GOOD.slice(0, 0))
    assert [failure.code for failure in empty.failures] == ["VAL101"]


def test_an_expectation_of_the_model_file_is_evaluated():
    mean = {"type": "expect_column_mean_to_be_between", "column": "distance"}
    assert outcome(GOOD, {**mean, "max_value": 30}).passed
    (failure,) = outcome(GOOD, {**mean, "max_value": 3}).failures
    assert (failure.code, failure.column) == ("VAL108", "distance")
    assert failure.sentence == "expect_column_mean_to_be_between on distance is not met: observed 24.5"


def test_mostly_tolerates_some_rows():
    rule = {"type": "expect_column_values_to_be_between", "column": "distance", "min_value": 10}
    assert outcome(GOOD, {**rule, "mostly": 0.8}).passed
    (failure,) = outcome(GOOD, {**rule, "mostly": 0.9}).failures
    assert failure.sentence == "expect_column_values_to_be_between on distance is not met in 10 of 50 rows"


def test_the_quantile_expectation_works():
    ranges = {"quantiles": [0.5], "value_ranges": [[20, 30]]}
    rule = {"type": "expect_column_quantile_values_to_be_between", "column": "distance", "quantile_ranges": ranges}
    assert outcome(GOOD, rule).passed


def test_an_expectation_that_raises_is_a_failure_and_shows_no_rows():
    secret = table(carrier=pa.array(["AA"] * 49 + ["<i>"]))
    (failure,) = outcome(
        secret, {"type": "expect_column_mean_to_be_between", "column": "carrier", "min_value": 0}
    ).failures
    assert failure.code == "VAL190"
    assert failure.sentence == (
        "expect_column_mean_to_be_between on carrier could not be evaluated: Could not convert string '..."
    )


def test_nothing_evaluated_is_a_failure():
    from types import SimpleNamespace

    from leeway.expectations.validation import _failures

    assert [failure.code for failure in _failures(SimpleNamespace(results=[]), expected=3)] == ["VAL191"]


def test_the_page_shows_the_verdict_escapes_values_and_fetches_nothing():
    hostile = "<img src=x onerror=alert(1)>"
    bad = outcome(table(carrier=with_first(GOOD["carrier"], hostile)))
    page = bad.html.decode()
    assert bad.failures[0].sentence in page
    assert hostile not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "&lt;i&gt;</span>" in page  # a declared level, escaped once
    assert "default-src 'none'" in page
    for forbidden in ("<script", "<link", "http://", "https://", 'src="', "Traceback"):
        assert forbidden not in page


def test_the_same_rows_give_the_same_page(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    assert outcome(GOOD).html == outcome(GOOD).html
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("entry", "code", "said"),
    [
        ({"column": "distance"}, "SPEC061", "needs 'type'"),
        ({"type": "expect_nothing"}, "SPEC061", "unknown expectation"),
        (
            {"type": "expect_column_max_to_be_between", "column": "distnce", "max_value": 1},
            "SPEC062",
            "Did you mean 'distance'",
        ),
        ({"type": "expect_column_max_to_be_between", "column": "distance"}, "SPEC060", "can never fail"),
        (
            {"type": "expect_column_max_to_be_between", "column": "distance", "max_vlue": 1, "min_value": 0},
            "SPEC060",
            "max_vlue",
        ),
        (
            {"type": "expect_column_values_to_be_in_set", "column": "carrier", "value_set": 5},
            "SPEC060",
            "argument 'value_set'",
        ),
        ({"type": "expect_column_values_to_not_be_null"}, "SPEC060", "argument 'column'"),
        (
            {"type": "expect_column_values_to_not_be_null", "column": "id", "catch_exceptions": True},
            "SPEC060",
            "'catch_exceptions' is set by leeway",
        ),
    ],
)
def test_a_wrong_entry_is_a_mistake_in_the_model_file(entry, code, said):
    with pytest.raises(SpecError) as caught:
        check_expectations([entry], SCHEMA.raw_columns, model="flights")
    assert caught.value.code == code
    assert said in str(caught.value)
    with pytest.raises(SpecError):
        outcome(GOOD, entry)


def test_all_wrong_entries_are_reported_at_once():
    with pytest.raises(SpecError, match="2 problems") as caught:
        check_expectations([{"type": "a"}, {"type": "b"}], SCHEMA.raw_columns, model="flights")
    assert len(caught.value.problems) == 2


def test_keeping_configurations_changes_no_outcome(monkeypatch):
    tables = [GOOD, *(bad[0] for bad in BAD.values())]
    kept = [outcome(rows) for rows in tables]
    monkeypatch.setattr(validation, "configured_once", nullcontext)
    assert [outcome(rows) for rows in tables] == kept


def test_an_expectation_spells_itself_out_anew_after_a_validation():
    from great_expectations.expectations.core import ExpectColumnToExist

    one = ExpectColumnToExist(column="at")
    with configured_once():
        assert one.configuration is one.configuration
    assert one.configuration is not one.configuration
