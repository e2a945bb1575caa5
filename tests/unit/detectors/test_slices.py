"""Worse in a part of the rows."""

from __future__ import annotations

import numpy as np

from leeway.core import Performance
from leeway.detectors.slices import SliceLoss
from streams import detect, week


def seen(number: int, **losses: float) -> Performance:
    """A window with slices of 400 rows: ``carrier_UA=0.2`` is the loss where carrier is UA."""
    slices = {
        name.replace("_", "="): {"labelled": 400.0, "loss": loss, "variance": 0.04} for name, loss in losses.items()
    }
    return Performance(
        window=week(number), version=1, rows=900, labelled=900, loss=0.2, loss_variance=0.04, metrics={}, slices=slices
    )


def test_the_worst_level_of_each_column_is_named():
    before = [seen(n, carrier_UA=0.2, carrier_AA=0.2, origin_JFK=0.2) for n in range(2)]
    carrier, origin = detect(SliceLoss(), [seen(2, carrier_UA=0.21, carrier_AA=0.3, origin_JFK=0.2)], earlier=before)
    assert (carrier.subject, carrier.flagged, origin.subject, origin.flagged) == ("carrier", True, "origin", False)
    assert "where carrier=AA went from 0.2 in the first 2 windows of version 1 to 0.3" in carrier.sentence
    assert carrier.kind == "slice"


def test_the_chance_is_corrected_for_the_number_of_levels():
    one = detect(SliceLoss(), [seen(2, c_a=0.24)], earlier=[seen(n, c_a=0.2) for n in range(2)])
    levels = {f"c_{letter}": 0.2 for letter in "abcde"}
    five = detect(SliceLoss(), [seen(2, **{**levels, "c_a": 0.24})], earlier=[seen(n, **levels) for n in range(2)])
    assert five[0].p_value == 5 * one[0].p_value


def test_many_levels_without_drift_are_hardly_ever_flagged():
    random = np.random.default_rng(1)

    def drawn(number):
        return seen(number, **{f"c_{level}": float(random.normal(0.2, 0.01)) for level in range(20)})

    flags = [detect(SliceLoss(), [drawn(2)], earlier=[drawn(0), drawn(1)])[0].flagged for _ in range(300)]
    assert sum(flags) <= 3


def test_a_level_that_the_baseline_lacks_is_not_compared():
    assert detect(SliceLoss(), [seen(2, c_new=0.9)], earlier=[seen(0, c_a=0.2), seen(1, c_a=0.2)]) == ()


def test_there_is_no_signal_before_the_baseline_is_complete():
    assert detect(SliceLoss(), [seen(1, c_a=0.9)], earlier=[seen(0, c_a=0.2)]) == ()
