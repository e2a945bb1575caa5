"""A table becomes equal windows, or the message says what is wrong with it."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from leeway.backtest.table import read_table, table_stream
from leeway.core import Task
from leeway.errors import BacktestError


def table(rows: int = 205, **columns: object) -> pd.DataFrame:
    random = np.random.default_rng(0)
    made = {
        "at": pd.date_range("2024-01-01", periods=rows, freq="6h"),
        "x": random.normal(size=rows),
        "level": random.choice(["a", "b"], rows),
        "y": random.integers(0, 2, rows),
    }
    return pd.DataFrame({**made, **columns})


def cut(frame: pd.DataFrame, **options: object):
    return table_stream(frame, **{"name": "t", "time": "at", "target": "y", "windows": 5, **options})


def test_windows_are_equal_and_the_remainder_is_dropped():
    made = cut(table(205))
    assert np.diff(made.edges).tolist() == [41] * 5
    assert cut(table(204)).labelled_rows.tolist() == [40] * 5


def test_rows_are_sorted_by_time_whatever_their_order():
    frame = table()
    assert cut(frame.sample(frac=1, random_state=1)).digest == cut(frame).digest


def test_thinning_takes_evenly_spaced_rows():
    frame = table(1000, x=np.arange(1000.0))
    assert cut(frame, max_rows=200).features["x"].tolist() == np.linspace(0, 999, 200).astype(int).tolist()


def test_time_target_and_ignored_columns_are_no_features():
    assert list(cut(table(seq=1), ignore=["seq"]).features) == ["x", "level"]


def test_windows_lie_where_their_rows_do_and_follow_one_another():
    windows = cut(table()).windows
    assert windows[0].start.isoformat() == "2024-01-01T00:00:00+00:00"
    assert all(one.end == after.start for one, after in itertools.pairwise(windows))


def test_rows_of_a_day_are_a_block_and_without_days_tenths_of_a_window_are():
    assert len(np.unique(cut(table(400, at=pd.date_range("2024-01-01", periods=400, freq="6h"))).block)) == 100
    numbered = cut(table(400, at=np.arange(400)))
    assert np.bincount(numbered.block).tolist() == [8] * 50
    assert numbered.windows[1].start == numbered.windows[0].end


def test_the_target_or_the_metric_says_which_task_it_is():
    assert (cut(table()).task, cut(table()).metric) == (Task.BINARY, "auc")
    assert cut(table(y=np.arange(205.0))).metric == "mae"
    assert cut(table(), metric="rmse").task is Task.REGRESSION


def test_labels_are_known_so_many_windows_later():
    assert cut(table(), delay=2).known == (-1, -1, 0, 1, 2)


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ({"target": "yy"}, "BKT002", "Did you mean 'y'"),
        ({"time": "att"}, "BKT002", "Did you mean 'at'"),
        ({"ignore": ["levle"]}, "BKT002", "Did you mean 'level'"),
        ({"target": "level"}, "BKT002", "holds no numbers"),
        ({"windows": 50}, "BKT003", "4 a window"),
        ({"metric": "accurcy"}, "BKT004", "Did you mean 'accuracy'"),
    ],
    ids=["target", "time", "ignore", "text", "rows", "metric"],
)
def test_what_cannot_be_is_said(options, code, said):
    with pytest.raises(BacktestError) as caught:
        cut(table(), **options)
    assert caught.value.code == code
    assert said in str(caught.value)


def test_a_further_timestamp_has_to_be_ignored():
    frame = table(sold=pd.date_range("2024-01-01", periods=205))
    with pytest.raises(BacktestError, match="sold: a timestamp is no feature"):
        cut(frame)
    assert cut(frame, ignore=["sold"]).windows


def test_a_target_of_one_value_is_refused():
    with pytest.raises(BacktestError, match="fewer than two values"):
        cut(table(y=1))


def test_a_file_is_read_by_its_name(tmp_path):
    frame = table()
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    assert cut(read_table(tmp_path / "t.csv")).windows == cut(read_table(tmp_path / "t.parquet")).windows
    for name, text in {"t.xlsx": "x", "broken.parquet": "x"}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        with pytest.raises(BacktestError) as caught:
            read_table(tmp_path / name)
        assert caught.value.code == "BKT001"
    with pytest.raises(BacktestError):
        read_table(tmp_path / "none.csv")
