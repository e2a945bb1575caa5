"""Every malformed input is refused with its own code; every odd but right one is read exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bad_input.kit import HEADER, NAMES, Case, cell, csv, read_case
from bad_input.malformed import MALFORMED
from bad_input.odd import ODD
from leeway.errors import SourceError
from leeway.sources.codes import CODES

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("case", MALFORMED, ids=str)
def test_malformed_input_is_refused_with_its_code(case: Case, tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        read_case(case, tmp_path)
    error = caught.value
    assert error.code == case.code, str(error)
    assert error.where["model"] == "m"
    assert error.where["file"]
    assert error.do == CODES[case.code].do
    assert not error.transient
    assert len(str(error)) < 700
    assert "\x1b" not in str(error)


@pytest.mark.parametrize("case", ODD, ids=str)
def test_odd_but_right_input_is_read_exactly(case: Case, tmp_path: Path) -> None:
    batch = read_case(case, tmp_path)
    assert tuple(batch.table.column_names) == NAMES
    assert {name: batch.table[name].to_pylist() for name in case.values} == case.values


def test_the_corpus_is_large_and_its_names_tell_cases_apart() -> None:
    names = [case.name for case in (*MALFORMED, *ODD)]
    assert len(names) == len(set(names))
    assert len(MALFORMED) >= 150
    assert len(ODD) >= 70


def test_a_late_bad_value_is_named_with_its_row_and_column(tmp_path: Path) -> None:
    good = "".join(f"b{row},2026-01-05T01:00:00Z,1,1.5,Oslo,true,0\n" for row in range(200_000))
    data = f"{HEADER}\n{good}c,2026-01-05T01:00:00Z,oops,1.5,Oslo,true,0\n".encode()
    with pytest.raises(SourceError) as caught:
        read_case(Case("late", {"late.csv": data}), tmp_path)
    error = caught.value
    assert (error.code, error.where["row"], error.where["column"]) == ("SRC131", "200001", "n")
    assert "'oops' is not an integer" in str(error)
    assert error.where["file"] == "late.csv"


def test_a_ragged_row_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        read_case(Case("ragged", {"ragged.csv": csv("a3,1,2")}), tmp_path)
    assert caught.value.where["row"] == "3"


def test_garbage_in_forbidden_columns_changes_nothing(tmp_path: Path) -> None:
    lines = cell().decode().splitlines()
    header, rows = f"{lines[0]},leak,spare", lines[1:]
    clean = "\n".join([header, *(f"{row},0.5,2026-01-01T00:00:00Z" for row in rows)]).encode()
    dirty = "\n".join([header, *(f"{row},1e999,\x01\x02never" for row in rows)]).encode() + b"\xff"
    (tmp_path / "clean").mkdir()
    (tmp_path / "dirty").mkdir()
    first = read_case(Case("clean", {"data.csv": clean}), tmp_path / "clean")
    second = read_case(Case("dirty", {"data.csv": dirty}), tmp_path / "dirty")
    assert first.table.equals(second.table)
