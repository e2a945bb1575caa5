"""The drill: it notices what the model's own check would, says how often it is wrong, and changes nothing."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import tiny
from leeway import replay
from leeway.cli.app import app
from leeway.drill.power import Curve, Rate, windows_until
from leeway.drill.resampling import random_halves, stretches
from leeway.drill.shifts import NEW, Values, shifts_of
from leeway.profiles.layout import ColumnKind, ColumnLayout
from leeway.settings import settings

ROWS = 400
NUMBER = ColumnLayout(kind=ColumnKind.NUMBER)
CATEGORY = ColumnLayout(kind=ColumnKind.CATEGORY)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A model whose last windows were served by its first champion; one day was never delivered whole."""
    project = tiny.project(tmp_path_factory.mktemp("drilled"), days=8)
    for number in range(8):
        project.file(number).write_text(tiny.rows(number, count=ROWS))
    project.file(6).write_text("at,visit\nbroken,0\n")
    replay.advance(project.workspace(), project.spec, tiny.day(6))
    yield project
    settings.cache_clear()


def ask(project, *arguments):
    result = CliRunner(env=project.env).invoke(app, ["drill", "tiny", *arguments, "--json"], catch_exceptions=False)
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def told(kept):
    return ask(kept, "--repeats", "10")


def contents(folder):
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


def test_the_newest_usable_window_is_drilled_against_the_champions_reference(told):
    assert told["window"] == {"start": "2024-01-06T00:00:00Z", "end": "2024-01-07T00:00:00Z"}
    assert told["champion"] == 1
    assert told["rows"] == {"window": ROWS, "used": ROWS, "reference": 4 * ROWS}
    assert told["check"] == {"budget": 5.0, "floor": 0.05, "together": False}
    assert (told["lasting"], told["repeats"], told["seed"]) == (2, 10, 0)


def test_the_json_has_the_documented_keys(told):
    assert set(told) == {
        "model", "window", "champion", "rows", "check", "lasting", "repeats", "seed", "false_alarms", "columns",
        "together",
    }  # fmt: skip
    assert [split["split"] for split in told["false_alarms"]] == ["random_halves", "consecutive_halves", "resampled"]
    for split in told["false_alarms"]:
        assert set(split) == {"split", "flagged", "of", "share", "interval", "columns"}
    delay = {"windows_until_flagged", "windows_until_lasting"}
    for column in told["columns"]:
        assert set(column) == {"name", "kind", "shifts"}
        for shift in column["shifts"]:
            assert set(shift) == {"shift", "unit", "without", "sizes", "smallest", "at_smallest"}
            assert set(shift["at_smallest"]) == delay
            for size in shift["sizes"]:
                assert set(size) == {"size", "flagged", "of", "share", "interval"} | delay


def test_every_column_is_shifted_in_the_ways_that_suit_it(told):
    shifts = {column["name"]: [shift["shift"] for shift in column["shifts"]] for column in told["columns"]}
    numbers = ["mean", "scale", "outliers", "nulls"]
    assert shifts == {"amount": numbers, "age": numbers, "channel": ["top_level", "new_level", "nulls"]}


def test_splits_of_the_same_rows_are_hardly_ever_flagged(told):
    for split in told["false_alarms"]:
        assert split["flagged"] <= 2
        assert split["interval"][0] <= split["share"] <= split["interval"][1]
    assert {split["split"]: split["of"] for split in told["false_alarms"]}["consecutive_halves"] == 6


def test_large_shifts_are_noticed_and_the_smallest_lies_among_the_sizes(told):
    for column in told["columns"]:
        for shift in column["shifts"]:
            last = shift["sizes"][-1]
            assert last["share"] >= 0.8, (column["name"], shift["shift"])
            assert 0 < shift["smallest"] <= last["size"]
            assert shift["at_smallest"]["windows_until_flagged"] == pytest.approx(1.25)
            assert shift["at_smallest"]["windows_until_lasting"] == pytest.approx(2.8125)


def test_nothing_below_the_floor_is_noticed(told):
    for column in told["columns"]:
        nulls = next(shift for shift in column["shifts"] if shift["shift"] == "nulls")
        assert [size["flagged"] for size in nulls["sizes"] if size["size"] < 0.02] == [0]


def test_the_same_seed_gives_the_same_answer_and_nothing_is_written(kept):
    before = contents(kept.settings.home)
    answers = [ask(kept, "--repeats", "5", "--seed", seed) for seed in ("3", "3", "4")]
    assert answers[0] == answers[1] != answers[2]
    assert contents(kept.settings.home) == before


def test_a_window_before_the_first_champion_is_compared_with_its_own_rows(kept):
    told = ask(kept, "--window", "2024-01-02", "--repeats", "5")
    assert (told["champion"], told["rows"]["reference"]) == (None, ROWS)
    assert {split["split"]: split["of"] for split in told["false_alarms"]}["consecutive_halves"] == 2


@pytest.mark.parametrize(
    ("window", "code"),
    [("2024-01-07", "PRO501"), ("2024-01-08", "PRO500"), ("2023-12-01", "SPEC055"), ("someday", "SPEC056")],
)
def test_a_window_that_cannot_be_drilled_is_an_error(kept, window, code):
    assert ask(kept, "--window", window)["error"]["code"] == code


def test_a_model_that_was_never_measured_or_is_small_or_looks_for_nothing_is_an_error(tmp_path):
    project = tiny.project(tmp_path, days=2, monitoring={"detectors": ["data_drift"]})
    ws = project.workspace()
    assert ask(project)["error"]["code"] == "PRO500"
    replay.advance(ws, project.spec, tiny.day(0))
    error = ask(project)["error"]
    assert (error["code"], error["message"]) == ("PRO503", "the window has 40 rows; 100 are needed for a drill")
    ask_nothing = tiny.project(tmp_path, days=2, monitoring={"detectors": ["quality"]})
    assert ask(ask_nothing)["error"]["code"] == "PRO502"
    settings.cache_clear()


def test_the_answer_for_people_fits_the_screen(kept):
    result = CliRunner(env=kept.env).invoke(app, ["drill", "tiny", "--repeats", "5"], catch_exceptions=False)
    assert result.exit_code == 0
    assert max(len(line) for line in result.stdout.splitlines()) <= 100
    for said in ("random halves of the window", "top_level, share of rows", "2 in a row are flagged"):
        assert said in " ".join(result.stdout.split())


def test_decoupled_columns_are_noticed_by_the_joint_tests_alone(tmp_path):
    import leeway.drill.exercise as exercise
    from leeway.detectors.data import DataDrift
    from leeway.drill.subject import Subject
    from leeway.drill.trials import trials
    from leeway.profiles.building import profile_frame

    random = np.random.default_rng(5)
    one = random.standard_normal(2000)
    frame = pd.DataFrame({"one": one, "two": one + 0.3 * random.standard_normal(2000), "c": ["x", "y"] * 1000})
    subject = Subject(tiny.day(0), 1, frame, 2000, 2000, profile_frame(frame).layout, DataDrift(together=True))
    drawn = list(trials(subject, 5, random))
    pair = exercise._pair(subject, drawn, random)
    assert pair is not None
    assert (pair.names, round(pair.correlation, 1)) == (("one", "two"), 1.0)
    assert pair.curve.without.flagged <= 1
    assert list(pair.curve.rates.values())[-1].share == 1.0
    assert not any(trial.alarms & {"one", "two"} for trial in drawn)


# Figures


def test_wilsons_interval_is_that_of_the_literature():
    low, high = Rate(1, 20).interval
    assert (round(low, 4), round(high, 4)) == (0.0089, 0.2361)  # Newcombe 1998, Stat. Med. 17:857
    assert Rate(0, 20).interval == (0.0, pytest.approx(0.1611, abs=1e-4))
    assert Rate(0, 0).interval == (0.0, 1.0)


def test_the_smallest_size_is_interpolated_where_power_crosses_80_percent():
    def smallest(*flagged):
        sizes = (0.1, 0.2, 0.4)[: len(flagged)]
        rates = {size: Rate(count, 10) for size, count in zip(sizes, flagged, strict=True)}
        return Curve(shift="s", unit="u", without=Rate(0, 10), rates=rates).smallest

    assert smallest(0, 6, 10) == pytest.approx(0.3)
    assert smallest(8) == pytest.approx(0.1)
    assert smallest(10) == pytest.approx(0.08)
    assert smallest(0, 2, 7) is None


def test_a_run_of_flagged_windows_takes_as_long_as_when_it_is_played():
    played = np.random.default_rng(1)
    lengths = []
    for _ in range(4000):
        run = windows = 0
        while run < 3:
            run = run + 1 if played.random() < 0.6 else 0
            windows += 1
        lengths.append(windows)
    assert windows_until(0.6, 3) == pytest.approx(np.mean(lengths), rel=0.05)
    assert (windows_until(0.0, 2), windows_until(1.0, 2), windows_until(0.25)) == (None, 2.0, 4.0)


# Samples and shifts


@given(st.integers(2, 5000), st.integers(0, 100))
def test_halves_share_no_row_and_leave_none_out(rows, seed):
    one, two = random_halves(rows, np.random.default_rng(seed))
    assert sorted(np.concatenate([one, two]).tolist()) == list(range(rows))
    assert abs(len(one) - len(two)) <= 1
    assert (np.diff(one) > 0).all()
    assert (np.diff(two) > 0).all()


@given(st.integers(100, 5000), st.integers(100, 20_000), st.integers(0, 100))
def test_stretches_keep_neighbours_together(rows, size, seed):
    drawn = stretches(rows, size, np.random.default_rng(seed))
    assert ((drawn >= 0) & (drawn < rows)).all()
    assert abs(len(drawn) - size) <= rows // 32
    length = rows // 32
    inner = np.diff(drawn.reshape(-1, length), axis=1) % rows
    assert (inner == 1).all()


def number(values) -> Values:
    found = Values.of(pd.Series(values), NUMBER)
    assert found is not None
    return found


def apply(column: Values, name: str, size: float) -> Values:
    shift = next(shift for shift in shifts_of(column) if shift.name == name)
    return shift.apply(column, size, np.random.default_rng(0))


def test_numbers_are_shifted_by_the_size_asked_for():
    random = np.random.default_rng(1)
    values = np.where(random.random(20_000) < 0.1, np.nan, random.normal(50, 4, 20_000))
    before = number(values).profile()
    after = {name: apply(number(values), name, 0.2).profile() for name in ("mean", "scale", "outliers", "nulls")}
    assert after["mean"].mean - before.mean == pytest.approx(0.2 * before.spread)
    assert after["scale"].spread == pytest.approx(1.2 * before.spread)
    assert after["scale"].mean == pytest.approx(before.mean)
    assert after["outliers"].maximum == pytest.approx(before.mean + 10 * before.spread)
    assert after["nulls"].missing_share == pytest.approx(0.1 + 0.9 * 0.2, abs=0.01)
    assert {profile.rows for profile in after.values()} == {20_000}


def test_whole_numbers_stay_whole_and_move_by_the_size_asked_for():
    values = np.random.default_rng(1).integers(0, 24, 20_000)
    before = number(values)
    moved = apply(before, "mean", 0.1)
    assert (moved.values == np.floor(moved.values)).all()
    assert moved.values.mean() - values.mean() == pytest.approx(0.1 * values.std(), abs=0.02)


def test_levels_are_moved_by_the_share_asked_for():
    values = ["web"] * 6000 + ["shop"] * 3000 + ["fair"] * 1000 + [None] * 500
    column = Values.of(pd.Series(values, dtype=object), CATEGORY)
    assert column is not None
    before = column.profile().levels
    assert before == {"fair": 1000, "shop": 3000, "web": 6000}
    moved = apply(column, "top_level", 0.2).profile()
    assert moved.levels["web"] == pytest.approx(6000 - 0.2 * 10_500, abs=150)
    assert moved.levels["shop"] - 3000 == pytest.approx(3 * (moved.levels["fair"] - 1000), rel=0.2)
    assert apply(column, "new_level", 0.1).profile().levels[NEW] == pytest.approx(1000, abs=100)
    assert apply(column, "nulls", 0.1).profile().nulls == pytest.approx(500 + 1000, abs=100)


@pytest.mark.parametrize(
    ("values", "layout", "names"),
    [
        ([3.0] * 100, NUMBER, ["outliers", "nulls"]),
        ([np.nan] * 100, NUMBER, []),
        ([True, False] * 50, CATEGORY, ["top_level", "new_level", "nulls"]),
        (["x"] * 100, CATEGORY, ["new_level", "nulls"]),
        ([None] * 100, CATEGORY, []),
        ([f"text {at}" for at in range(100)], ColumnLayout(kind=ColumnKind.TEXT), ["nulls"]),
    ],
)
def test_a_column_gets_only_shifts_that_it_can_have(values, layout, names):
    column = Values.of(pd.Series(values), layout)
    assert [shift.name for shift in shifts_of(column)] == names if column is not None else names == []


def test_pandas_categories_are_levels_and_lists_are_left_out():
    column = Values.of(pd.Series(["a", "b", "a", None], dtype="category"), CATEGORY)
    assert column is not None
    assert column.profile().levels == {"a": 2, "b": 1}
    assert Values.of(pd.Series([[1], [2]]), ColumnLayout(kind=ColumnKind.OTHER)) is None
