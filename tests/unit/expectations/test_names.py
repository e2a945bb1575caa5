from __future__ import annotations

import subprocess
import sys

import pytest

from leeway.errors import SpecError
from leeway.expectations import known_expectation
from leeway.expectations.names import CLASSES, NOT_IN_MEMORY, TYPES


def test_the_list_is_exactly_what_great_expectations_offers():
    from great_expectations import expectations
    from great_expectations.expectations.expectation import Expectation
    from great_expectations.util import camel_to_snake

    offered = {
        name
        for name, found in vars(expectations).items()
        if isinstance(found, type) and issubclass(found, Expectation) and name != "Expectation"
    }
    assert set(CLASSES) | set(NOT_IN_MEMORY) == offered
    assert {camel_to_snake(name): name for name in CLASSES} == TYPES


@pytest.mark.parametrize("name", ["expect_column_mean_to_be_between", "ExpectColumnMeanToBeBetween"])
def test_both_spellings_of_a_name_are_known(name):
    assert known_expectation(name) == "ExpectColumnMeanToBeBetween"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("expect_column_maen_to_be_between", "Did you mean 'expect_column_mean_to_be_between'?"),
        ("nonsense", "Write it like expect_column_mean_to_be_between"),
        ("UnexpectedRowsExpectation", "only works in a database"),
        (7, "unknown expectation 7"),
        (["x"], "unknown expectation"),
    ],
)
def test_another_name_is_refused_with_a_hint(name, said):
    with pytest.raises(SpecError) as caught:
        known_expectation(name)
    assert caught.value.code == "SPEC061"
    assert said in str(caught.value)


def test_reading_names_does_not_import_great_expectations():
    code = "import sys, leeway.expectations as e; e.known_expectation('ExpectColumnMeanToBeBetween'); "
    code += "print(sorted({'great_expectations', 'pandas', 'numpy', 'pyarrow'} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "[]"
