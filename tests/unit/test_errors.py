"""The tree of errors: drawn as it is, told in full, and the same after a trip between processes."""

from __future__ import annotations

import pickle
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeway import errors
from leeway.errors import LeewayError, SourceError, SpecError, did_you_mean, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator


def tree(cls: type[LeewayError] = LeewayError) -> Iterator[type[LeewayError]]:
    yield cls
    for child in cls.__subclasses__():
        yield from tree(child)


TREE = sorted({cls for cls in tree() if cls.__module__ == errors.__name__}, key=lambda cls: cls.__name__)


def test_every_class_is_drawn_and_every_drawn_class_exists() -> None:
    drawing = (errors.__doc__ or "").partition("::")[2].partition("A message says")[0]
    drawn = re.findall(r"[A-Z]\w*Error", drawing)

    assert sorted(drawn) == [cls.__name__ for cls in TREE]


def test_drawing_shows_the_prefix_of_every_code() -> None:
    drawn = dict(re.findall(r"─ (\w+Error) +([A-Z]+)0? ", errors.__doc__ or ""))

    for cls in LeewayError.__subclasses__():
        assert cls.code.startswith(drawn[cls.__name__]), cls


@pytest.mark.parametrize("cls", TREE)
def test_error_keeps_all_its_fields_when_pickled(cls: type[LeewayError]) -> None:
    error = cls("it broke", code="XYZ123", do="Mend it.", model="flights", window=None, column="late")

    copy = pickle.loads(pickle.dumps(error))

    assert type(copy) is cls
    assert copy.__dict__ == error.__dict__
    assert copy.args == error.args
    assert str(copy) == str(error) == "[XYZ123] model flights, column late: it broke. Mend it."


def test_gathered_problems_survive_pickling() -> None:
    gathered = SpecError.gather([SpecError("one", code="SPEC010", field="a"), SpecError("two", code="SPEC011")])

    copy = pickle.loads(pickle.dumps(gathered))

    assert [str(problem) for problem in copy.problems] == ["[SPEC010] field a: one", "[SPEC011] two"]
    assert str(copy) == "[SPEC010] 2 problems:\n  [SPEC010] field a: one\n  [SPEC011] two"


def test_a_single_problem_stays_itself() -> None:
    problem = SpecError("one", code="SPEC010")

    assert SpecError.gather([problem]) is problem


def test_error_without_place_and_advice_is_a_plain_sentence() -> None:
    assert str(LeewayError("it broke")) == "[LWY000] it broke"


@pytest.mark.parametrize(("code", "transient"), [("SRC101", False), ("SRC200", True), ("SRC000", False)])
def test_only_what_could_not_be_fetched_is_worth_another_try(code: str, transient: bool) -> None:
    assert SourceError("no", code=code).transient is transient


@pytest.mark.parametrize(
    ("word", "allowed", "expected"),
    [
        ("sklaern", ["torch", "sklearn"], "allowed: sklearn, torch. Did you mean 'sklearn'?"),
        ("SKLEARN", ["torch", "sklearn"], "allowed: sklearn, torch. Did you mean 'sklearn'?"),
        ("europe/berlin", ["Europe/Berlin"], "allowed: Europe/Berlin. Did you mean 'Europe/Berlin'?"),
        ("kafka", ["torch", "sklearn"], "allowed: sklearn, torch"),
        ("x", [], "allowed: none"),
        ("", ["a"], "allowed: a"),
    ],
)
def test_did_you_mean_names_what_is_close(word: str, allowed: list[str], expected: str) -> None:
    assert did_you_mean(word, allowed) == expected


@given(st.text(max_size=20), st.lists(st.text(max_size=12), max_size=8))
def test_nearest_is_one_of_the_allowed_or_nothing(word: str, allowed: list[str]) -> None:
    assert nearest(word, allowed) in {*allowed, ""}
