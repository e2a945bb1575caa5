"""What Prometheus reads."""

from __future__ import annotations

import math
import re

from hypothesis import given
from hypothesis import strategies as st

from leeway.console.exposition import Family, exposition

SAMPLE = re.compile(r'(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)\{label="(?P<label>(?:\\.|[^"\\\n])*)"\} (?P<value>\S+)')
ESCAPES = {r"\\": "\\", r"\n": "\n", r"\"": '"'}


@given(label=st.text(), value=st.floats(allow_nan=False))
def test_whatever_a_label_holds_is_read_back(label: str, value: float) -> None:
    family = Family("some_name", "gauge", "Help.")
    family.add(value, {"label": label})
    *_, sample, end = str(family).split("\n")
    found = SAMPLE.fullmatch(sample)
    assert found is not None
    assert end == ""
    assert re.sub(r"\\.", lambda match: ESCAPES[match[0]], found["label"]) == label
    assert math.isclose(float(found["value"]), value)


def test_a_family_is_told_with_its_help_and_type_and_only_if_it_has_samples() -> None:
    empty, full = Family("empty", "gauge", "Nothing."), Family("things_total", "counter", "Things,\nall of them.")
    full.add(None, {"model": "a"})
    full.add(3, {"model": "b", "kind": "c"})
    assert exposition([empty, full]) == (
        "# HELP things_total Things,\\nall of them.\n"
        "# TYPE things_total counter\n"
        'things_total{model="b",kind="c"} 3.0\n'
    )
