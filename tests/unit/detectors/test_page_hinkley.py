"""The Page-Hinkley test: what it adds up, and when that counts."""

from __future__ import annotations

import numpy as np
import pytest

from leeway.core import Block
from leeway.detectors.page_hinkley import PageHinkley
from streams import detect, flagged_at, life, performance

PAIR = np.array([0.0, 1.0]), np.array([0.2, 0.7])
ALONE = {"correlation": 0.0, "floor": 0.0}
"""Rows that say nothing about one another."""


def weekly(*losses: float, rows: int = 100, spread: float = 0.2, version: int = 1):
    """Windows of one day each."""
    return [
        performance(
            number, *PAIR, loss=loss, loss_variance=spread**2, rows=rows, labelled=rows, version=version,
            days=(Block(rows=rows, loss=loss, variance=spread**2, largest=1.0),),
        )
        for number, loss in enumerate(losses)
    ]  # fmt: skip


def by_hand(losses: list[float], rows: int, spread: float, delta: float) -> float:
    """The definition: m of every row, and how far the last is above the lowest."""
    sums, total = [0.0], 0.0
    for number, loss in enumerate(losses, 1):
        total += loss
        sums.append(sums[-1] + rows * ((loss - total / number) / spread - delta))
    return sums[-1] - min(sums)


@pytest.mark.parametrize("losses", [[0.2, 0.2, 0.3, 0.25], [0.2, 0.1, 0.15, 0.3], [0.3, 0.2, 0.1, 0.1]])
def test_the_statistic_is_the_sum_above_its_lowest_value(losses):
    signals = detect(PageHinkley(delta=0.1, **ALONE), weekly(*losses))
    assert signals[-1].statistic == pytest.approx(by_hand(losses, 100, 0.2, 0.1))


def test_rows_that_resemble_one_another_count_for_less():
    alone, alike = (
        detect(PageHinkley(correlation=correlation), weekly(0.2, 0.2, 0.4))[-1].statistic for correlation in (0.0, 0.01)
    )
    assert alike == pytest.approx(alone / (1 + 99 * 0.01))


def test_the_unit_of_the_loss_does_not_matter():
    small, large = weekly(0.2, 0.2, 0.3), weekly(20, 20, 30, spread=20.0)
    assert detect(PageHinkley(), small)[-1].statistic == pytest.approx(detect(PageHinkley(), large)[-1].statistic)


def test_it_is_flagged_for_as_long_as_the_loss_stays_high():
    weeks = weekly(0.2, 0.2, 0.2, 0.4, 0.4, 0.2, 0.2, rows=500)
    signals = detect(PageHinkley(correlation=0.0), weeks)
    assert [signal.flagged for signal in signals] == [False, False, False, True, True, False, False]
    assert signals[5].statistic > 250
    assert "which is more than 250 (Page-Hinkley)" in signals[3].sentence


def test_a_new_champion_begins_anew():
    before, after = weekly(0.2, 0.2, 0.4, rows=500), weekly(0.4, 0.4, 0.4, rows=500, version=2)
    signals = detect(PageHinkley(), [*before, *after])
    assert [signal.flagged for signal in signals] == [False, False, True, False, False, False]
    assert signals[-1].statistic == 0


def test_a_steady_rise_that_no_single_window_shows_is_found():
    detector = PageHinkley()
    rising = [0.2 + 0.004 * number for number in range(24)]
    flagged = [number for number, signal in enumerate(detect(detector, weekly(*rising, rows=300))) if signal.flagged]
    assert flagged
    assert 8 <= flagged[0] <= 20


def test_a_long_life_without_drift_is_quiet():
    assert not any(flagged_at(PageHinkley(), life(seed, weeks=60)) for seed in range(3))
