"""Figures as a person writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeway.profiles.wording import moved, number, roundest, went


@pytest.mark.parametrize(
    ("low", "high", "round_one"),
    [(0.484, 0.516, 0.5), (0.0, 0.0, 0.0), (99.2, 101.0, 100.0), (57.3, 57.6, 57.5), (1234.0, 1234.0, 1234.0)],
)
def test_the_roundest_number_of_a_bin_is_the_one_people_fill_in(low, high, round_one):
    assert roundest(low, high) == round_one


@given(st.floats(-1e300, 1e300), st.floats(0, 1e6))
def test_the_roundest_number_lies_in_the_bin(low, width):
    assert low <= roundest(low, low + width) <= low + width


def test_figures_have_the_digits_it_takes_to_see_a_change():
    assert went(24.1, 31.7) == "rose from 24.1 to 31.7"
    assert moved(0.16, 0.24) == "rose from 16 % to 24 %"
    assert (number(123457.2), number(None), number(0.12345)) == ("123457", "-", "0.1235")
