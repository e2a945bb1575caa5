"""YAML for model files: what the text says, where it says it, and never more work than the text is long."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from leeway.document import MAX_DEPTH, Document, parse_document
from leeway.errors import SpecError

PATH = Path("m.yaml")


def value(text: str) -> Any:
    return parse_document(f"x: {text}\n", PATH).value["x"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None), ("~", None), ("null", None), ("NULL", None), ("nUll", "nUll"),
        ("true", True), ("False", False), ("yes", "yes"), ("no", "no"), ("on", "on"), ("y", "y"),
        ("0", 0), ("-7", -7), ("+7", 7), ("007", 7), ("1_000", "1_000"), ("0x10", "0x10"), ("12:30", "12:30"),
        ("1.5", 1.5), ("1.", 1.0), (".5", 0.5), ("1e-3", 0.001), ("-1E+3", -1000.0), (".", "."), ("-", None),
        ("1e", "1e"), (".inf", math.inf), ("-.inf", -math.inf), ("1.2.3", "1.2.3"), ("2024-01-01", "2024-01-01"),
        ('"5"', "5"), ("'true'", "true"), ('""', ""), ("9" * 30, float("9" * 30)),
    ],
)  # fmt: skip
def test_scalar_is_read_by_the_core_schema_of_yaml_1_2(text: str, expected: Any) -> None:
    found = value(text) if text != "-" else value("\n  - ")[0]

    assert found == expected
    assert type(found) is type(expected)


def test_not_a_number_is_a_number() -> None:
    assert math.isnan(value(".nan"))


# Not among them: line ends other than \n, which the writer of YAML 1.1 puts in as they are, and words like 0E0, which
# are numbers in YAML 1.2 only, so that it does not quote them.
words = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=10).filter(
    lambda word: not re.fullmatch(r"[-+.0-9eExXoO]+", word)
)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | words | st.floats(-1e9, 1e9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(words, plain, max_size=4), st.booleans())
def test_what_pyyaml_writes_is_read_back(written: dict[str, Any], flow: bool) -> None:
    text = yaml.dump(written, Dumper=_Plain, default_flow_style=flow, allow_unicode=True)

    assert parse_document(text, PATH).value == written


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def test_every_key_and_entry_has_its_line() -> None:
    document = parse_document("a: 1\nb:\n  c: [x,\n    y]\n\n  d:\n  - e: 1\n    f: 2\n", PATH)

    places = [("a",), ("b",), ("b", "c"), ("b", "c", 1), ("b", "d"), ("b", "d", 0), ("b", "d", 0, "f")]
    assert [document.line_of(place) for place in places] == [1, 2, 3, 4, 6, 7, 8]


def test_line_of_what_is_not_there_is_the_line_around_it() -> None:
    document = parse_document("a: 1\nb:\n  c: 2\n", PATH)

    assert document.line_of(("b", "missing", 3)) == 2
    assert document.line_of(("missing",)) == 1
    assert document.line_of(()) == 1


def test_depth_is_limited() -> None:
    def nested(depth: int) -> str:
        return "x: " + "[" * depth + "]" * depth

    assert parse_document(nested(MAX_DEPTH - 1), PATH).value
    with pytest.raises(SpecError, match="nesting deeper") as caught:
        parse_document(nested(MAX_DEPTH), PATH)
    assert caught.value.code == "SPEC004"


@given(st.text(alphabet="ab:-[]{}&*!|>'\"#%@` \n\t?,~\\", max_size=40))
def test_any_text_is_read_or_refused_with_a_reason(text: str) -> None:
    read = outcome(text)

    if isinstance(read, SpecError):
        assert read.code in ("SPEC002", "SPEC003", "SPEC004", "SPEC005")
        assert read.where["file"].startswith("m.yaml")
    else:
        assert all(isinstance(key, str) for key in read.value)


def outcome(text: str) -> Document | SpecError:
    """What reading gives. Any other error than a SpecError passes through, and fails the test."""
    try:
        return parse_document(text, PATH)
    except SpecError as error:
        return error
