from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from leeway.core import Signal
from leeway.reports import drift_report

HOSTILE = "</script><script>alert(1)</script>"


def signal(subject, *, flagged=True, sentence="", kind="data"):
    return Signal(
        detector="data_drift",
        subject=subject,
        test="psi",
        statistic=0.4,
        effect=0.4,
        threshold=0.2,
        flagged=flagged,
        sentence=sentence or f"{subject} moved",
        kind=kind,
    )


def frame(shift, rows=600):
    random = np.random.default_rng(7)
    made = pd.DataFrame({"hour": random.normal(shift, size=rows), "quiet": random.normal(size=rows)})
    made["carrier"] = pd.array(random.choice(["AA", HOSTILE, None], rows), dtype="string")
    made["stops"] = pd.array(random.integers(0, 5, rows), dtype="Int64")
    made["late"] = random.choice([True, False], rows)
    made[f"<b>{HOSTILE}"] = random.normal(size=rows)
    made["empty"] = np.nan
    made["prediction"] = random.uniform(size=rows)
    made.loc[0, "hour"] = np.inf
    made.loc[1, "stops"] = pd.NA
    return made


def report(signals, *, reference=None, current=None, max_rows=500):
    old = frame(0) if reference is None else reference
    new = frame(1) if current is None else current
    return drift_report(old, new, signals=signals, title="flights <w1>", max_rows=max_rows, seed=3).decode()


@pytest.fixture(scope="module")
def full():
    subjects = [name for name in frame(0).columns if name != "quiet"]
    return report([*map(signal, subjects), signal("rows", kind="quality"), signal("quiet", flagged=False)])


def test_what_was_flagged_is_drawn_and_nothing_else(full):
    for drawn in ("hour", "stops", "prediction"):
        assert f"Mean value of '{drawn}'" in full
    for drawn in ("carrier", "late"):
        assert f"Unique Value Count: {drawn}" in full
    assert "quiet" not in full


def test_subjects_without_a_picture_are_named(full):
    assert "<p>Not drawn: empty, rows.</p>" in full


def test_our_sentences_are_the_verdict_and_evidently_gives_none(full):
    assert "<li>hour moved</li>" in full
    assert "rift detected" not in full.partition("<body>")[0]


def test_hostile_names_and_values_come_out_escaped(full):
    assert "<script>alert" not in full
    assert "&lt;script&gt;alert(1)" in full
    assert "<h1>flights &lt;w1&gt;</h1>" in full


def test_the_page_is_self_contained_and_not_too_large(full):
    assert "default-src 'none'" in full
    assert not re.findall(r"<(?:script|img|iframe|link)[^>]*(?:src|href)=", full)
    assert len(full.encode()) < 6_000_000


def test_the_same_input_gives_the_same_bytes():
    assert report([signal("hour"), signal("carrier")]) == report([signal("hour"), signal("carrier")])


def test_no_more_rows_are_drawn_than_asked_for():
    assert "Drawn from 100 reference and 50 current rows." in report(
        [signal("hour")], current=frame(1, rows=50), max_rows=100
    )


def test_many_levels_become_the_most_frequent_and_other():
    many = pd.DataFrame({"tail": [f"N{number}" for number in range(200)] + ["N7"] * 50})
    page = report([signal("tail")], reference=many, current=many)
    assert "(other)" in page
    assert len(set(re.findall(r'"(N\d+)"', page.partition("<body>")[0]))) == 19


def test_without_rows_or_pictures_the_verdict_still_stands():
    page = report([signal("hour", sentence="hour is <gone>")], current=frame(1).head(0))
    assert "<li>hour is &lt;gone&gt;</li>" in page
    assert "Nothing was flagged." in report([])
