"""A planted change of the inputs or of the relation is found where it was planted, and nothing else is claimed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from leeway.evaluation.attribution import Judged, attribute
from leeway.evaluation.kitagawa import column_parts, slice_parts
from leeway.evaluation.resampling import Errors, Side, blocks
from values import day

CARRIERS = np.array(["AA", "EV", "UA"])


@dataclass(frozen=True)
class World:
    """Rows of some days. The model was right about the world before: its score is the true chance.

    Args:
        rows: how many.
        days: over how many days.
        shift: by how much ``temp`` is higher: nearer to an even chance, where losses are larger.
        turned: share of EV's rows whose outcome is turned round.
        mix: share of EV.
        seed: another one gives other rows.
    """

    rows: int = 3_000
    days: int = 7
    shift: float = 0.0
    turned: float = 0.0
    mix: float = 0.25
    seed: int = 0

    def judged(self) -> Judged:
        return self._drawn()[0]

    def expected(self) -> float:
        """Mean loss on these inputs under the relation of before."""
        return float(self._drawn()[1])

    def _drawn(self) -> tuple[Judged, float]:
        random = np.random.default_rng(self.seed)
        days = np.sort(random.integers(0, self.days, self.rows))
        temp = random.normal(size=self.rows) + self.shift
        other = random.normal(size=(self.rows, 3)) + 0.3 * random.normal(size=(self.days, 3))[days]
        carrier = random.choice(CARRIERS, self.rows, p=[0.5 - self.mix / 2, self.mix, 0.5 - self.mix / 2])
        chance = 1 / (1 + np.exp(2.5 - temp - 0.3 * other[:, 0]))
        late = random.random(self.rows) < chance
        late ^= (carrier == "EV") & (random.random(self.rows) < self.turned)
        features = pd.DataFrame({"temp": temp, "wind": other[:, 0], "a": other[:, 1], "b": other[:, 2]})
        features["wind"] = features["wind"].mask(random.random(self.rows) < 0.1)
        features["carrier"] = carrier
        judged = Judged(
            features=features,
            slices=features[["carrier"]].astype(str),
            score=chance,
            loss=(late - chance) ** 2,
            days=days,
        )
        return judged, (chance * (1 - chance)).mean()


BEFORE = World(days=14, rows=6_000, seed=1)


def split(now: World, before: World = BEFORE, seed: int = 5):
    return attribute(before.judged(), now.judged(), window=day(3), version=1, baseline=(day(0), day(1)), seed=seed)


@pytest.fixture(scope="module")
def shifted():
    return split(World(shift=1.0))


@pytest.fixture(scope="module")
def turned():
    return split(World(turned=0.5))


def test_changed_inputs_alone_carry_the_rise_and_the_interval_holds_the_truth(shifted):
    truth = World(shift=1.0).expected() - BEFORE.expected()
    assert shifted.split
    assert shifted.inputs.share >= 0.8
    assert shifted.inputs.low <= truth <= shifted.inputs.high
    assert shifted.relation.low <= 0.0 <= shifted.relation.high


def test_changed_inputs_are_blamed_on_their_column(shifted):
    assert shifted.columns[0].column == "temp"
    assert shifted.columns[0].share > 0.7
    assert all(abs(part.share) < 0.15 for part in shifted.columns[1:])
    assert "comes from changed inputs" in shifted.sentence
    assert "above all `temp`" in shifted.sentence


def test_a_changed_relation_alone_carries_the_rise(turned):
    assert turned.split
    assert turned.relation.share >= 0.8
    assert turned.inputs.low <= 0.0 <= turned.inputs.high
    assert "comes from the relation between inputs and target" in turned.sentence


def test_the_slice_that_changed_is_named(turned):
    first = turned.slices[0]
    assert (first.column, first.level, first.outsize) == ("carrier", "EV", True)
    assert first.share > 0.8
    assert "mostly in `carrier`=EV" in turned.sentence
    assert [part for part in turned.slices if part.outsize] == [first]


def test_both_changes_share_the_rise():
    now = World(shift=0.8, turned=0.25)
    found = split(now)
    truth = now.expected() - BEFORE.expected()
    assert found.inputs.low <= truth <= found.inputs.high
    assert found.inputs.low > 0
    assert found.relation.low > 0


def test_the_parts_add_up_to_the_rise(shifted, turned):
    for found in (shifted, turned):
        assert found.inputs.value + found.relation.value == pytest.approx(found.rise)
        assert found.now - found.before == pytest.approx(found.rise)
        assert found.rise_low < found.rise < found.rise_high


def test_a_rise_that_is_everywhere_is_blamed_on_no_slice():
    before, now = BEFORE.judged(), World(seed=8).judged()
    found = attribute(before, replace(now, loss=now.loss + 0.1), window=day(3), version=1, baseline=(day(0),), seed=0)
    assert found.relation.share > 0.8
    assert not [part for part in found.slices if part.outsize]
    assert "carrier" not in found.sentence


def test_what_the_baseline_never_saw_cannot_be_split_and_the_sentence_says_why():
    found = split(World(shift=9.0, turned=1.0))
    assert not found.split
    assert (found.inputs, found.relation) == (None, None)
    assert found.covered < 0.2
    assert "cannot be split" in found.sentence
    assert "like none of the baseline's" in found.sentence


def test_few_rows_cannot_be_split():
    found = split(World(rows=20, turned=0.5))
    assert not found.split
    assert "only 20 labelled rows" in found.sentence


def test_a_loss_that_fell_is_not_split():
    found = split(World(shift=-1.0))
    assert not found.split
    assert "did not rise" in found.sentence


def test_rows_of_one_day_give_a_wider_interval_than_rows_of_many():
    one, many = (split(World(days=days, shift=1.0, rows=900), replace(BEFORE, rows=900)) for days in (1, 7))
    assert one.split
    assert one.inputs.high - one.inputs.low > many.inputs.high - many.inputs.low


def test_the_same_rows_and_seed_give_the_same_bytes(turned):
    again = split(World(turned=0.5))
    assert again.to_json() == turned.to_json()
    assert split(World(turned=0.5), seed=6).rise_low != turned.rise_low


def test_levels_of_a_slice_add_up_to_the_rise_even_where_one_is_new_or_gone():
    before = pd.DataFrame({"port": ["A"] * 50 + ["B"] * 50})
    now = pd.DataFrame({"port": ["B"] * 60 + ["C"] * 40})
    losses = np.r_[np.full(50, 0.1), np.full(50, 0.3)], np.r_[np.full(60, 0.4), np.full(40, 0.9)]
    random = np.random.default_rng(0)
    sides = Side.of(blocks(np.arange(100) // 10), random), Side.of(blocks(np.arange(100) // 10), random)
    errors = Errors.between(np.arange(100) // 10, np.arange(100) // 10)
    parts = {part.level: part for part in slice_parts((before, now), losses, sides=sides, errors=errors)}
    assert sum(part.value for part in parts.values()) == pytest.approx(losses[1].mean() - losses[0].mean())
    assert (parts["A"].loss_now, parts["C"].loss_before) == (None, None)
    assert parts["C"].change == pytest.approx(0.0)
    assert parts["B"].change == pytest.approx(0.1 * 0.55)


def test_missing_values_that_became_frequent_are_a_change_of_their_column():
    before = pd.DataFrame({"x": [1.0] * 80 + [None] * 20, "y": ["u", "v"] * 50})
    now = pd.DataFrame({"x": [1.0] * 20 + [None] * 80, "y": ["u", "v"] * 50})
    loss = np.r_[np.full(80, 0.1), np.full(20, 0.6)]
    (part,) = column_parts(before, now, loss=loss, rise=0.5)
    assert (part.column, part.value, part.share) == ("x", pytest.approx(0.3), pytest.approx(0.6))
