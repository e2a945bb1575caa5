"""Equal things have equal bytes and equal hashes, whatever order or type of container they come in."""

from __future__ import annotations

import hashlib
import json
import math
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeway.canonical import canonical_json, digest
from leeway.core import Task, Window

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)


class Colour(StrEnum):
    RED = "red"


@given(plain)
def test_canonical_json_is_json_of_the_same_value(value: Any) -> None:
    assert json.loads(canonical_json(value)) == value


@given(plain)
def test_spelling_is_a_fixed_point(value: Any) -> None:
    once = canonical_json(value)

    assert canonical_json(json.loads(once)) == once


@given(st.dictionaries(st.text(), st.integers(), max_size=8), st.randoms())
def test_order_of_keys_does_not_matter(mapping: dict[str, int], random: Any) -> None:
    items = list(mapping.items())
    random.shuffle(items)

    assert digest(dict(items)) == digest(mapping)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (math.nan, "null"),
        (math.inf, "null"),
        (-math.inf, "null"),
        (-0.0, "0.0"),
        (1.0, "1.0"),
        (1, "1"),
        (1e-7, "1e-07"),
        (0.1 + 0.2, "0.30000000000000004"),
        (True, "true"),
        (Colour.RED, '"red"'),
        ({Colour.RED: 1}, '{"red":1}'),
        ((1, (2,)), "[1,[2]]"),
        (MappingProxyType({"b": 1, "a": 2}), '{"a":2,"b":1}'),
        ("größer\n", '"größer\\n"'),
        (Task.BINARY, '"binary"'),
    ],
)
def test_each_value_has_one_spelling(value: Any, expected: str) -> None:
    assert canonical_json(value) == expected


def test_model_is_spelled_by_its_fields() -> None:
    window = Window(start=datetime(2024, 1, 1, tzinfo=UTC), end=datetime(2024, 1, 2, tzinfo=UTC))

    assert canonical_json([window]) == '[{"end":"2024-01-02T00:00:00Z","start":"2024-01-01T00:00:00Z"}]'


@pytest.mark.parametrize("value", [datetime(2024, 1, 1, tzinfo=UTC), {1, 2}, b"x", object()])
def test_what_has_no_spelling_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical_json([value])


def test_bytes_are_hashed_as_they_are() -> None:
    assert digest(b"leeway") == hashlib.sha256(b"leeway").hexdigest()
    assert digest("leeway") == hashlib.sha256(b'"leeway"').hexdigest()
