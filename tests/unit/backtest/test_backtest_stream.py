"""What may be done to a stream, and what stays as it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import planted
import pytest

from leeway.backtest.stream import check_enough
from leeway.errors import BacktestError


def test_shuffling_keeps_rows_together_and_windows_and_days_in_place():
    given = planted.stream()
    mixed = given.shuffled(1)
    assert mixed.window is given.window
    assert mixed.block is given.block
    assert (mixed.windows, mixed.known) == (given.windows, given.known)
    pairs = [sorted(zip(one.features["x"], one.target, strict=True)) for one in (given, mixed)]
    assert pairs[0] == pairs[1]
    assert mixed.digest == given.shuffled(1).digest != given.shuffled(2).digest


def test_the_digest_is_of_rows_and_labels_not_of_when_they_became_known():
    given = planted.stream()
    assert given.delayed(4).digest == replace(given, name="other").digest == given.digest
    assert planted.flipped_from(given, 11).digest != given.digest
    changed = given.features.copy()
    changed.iloc[5, 0] += 1e-9
    assert replace(given, features=changed).digest != given.digest


def test_the_newest_windows_keep_their_times_and_label_delay():
    newest = planted.stream(delay=1).newest(5)
    assert newest.windows == planted.stream().windows[-5:]
    assert newest.known == (-1, 0, 1, 2, 3)
    assert np.diff(newest.edges).tolist() == [planted.ROWS] * 5


def test_thinning_leaves_every_window_some_rows():
    thin = planted.stream().thinned(30)
    assert (np.diff(thin.edges) >= 1).all()
    assert len(thin.target) <= 30 + planted.WINDOWS


def test_too_few_windows_cannot_be_replayed():
    check_enough(planted.stream(), 10)
    with pytest.raises(BacktestError, match=r"BKT003.*12 windows cannot be replayed"):
        check_enough(planted.stream(), 11)


def test_parts_of_different_lengths_are_refused():
    given = planted.stream()
    with pytest.raises(ValueError, match="not equally long"):
        replace(given, target=given.target[:-1])
