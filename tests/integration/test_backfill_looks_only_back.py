"""No look-ahead: whatever stands in the future of a window, the window's history is the same, byte for byte."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta

import pytest

import histories
import tiny

CUT = 5
"""The last window that has to stay as it was; a champion serves in it."""
LATER = CUT + 1
LABEL_TIME = {
    "label": {"delay": None, "time": "known_at", "within": "30h"},
    "columns": {"known_at": {"type": "timestamp", "role": "id"}},
}


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


def text_of(rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def known_at(row):
    """With a delay of a day, or where the row says so itself."""
    if "known_at" in row:
        return datetime.fromisoformat(row["known_at"])
    return datetime.fromisoformat(row["at"]) + timedelta(days=1)


def with_label_times(project):
    """Half of the labels are known after six hours, half after thirty: a window learns labels of three windows."""
    for number in range(LATER + 1):
        rows = table(project.file(number).read_text())
        for place, row in enumerate(rows):
            when = datetime.fromisoformat(row["at"]) + timedelta(hours=30 if place % 2 else 6)
            row["known_at"] = f"{when:%Y-%m-%dT%H:%M:%SZ}"
        project.file(number).write_text(text_of(rows))


def poison(project):
    """Make everything wrong that is not known at the end of the window `CUT`."""
    end = tiny.day(CUT).end
    for number in range(LATER + 1):
        rows = table(project.file(number).read_text())
        for row in rows:
            if known_at(row) >= end:
                row["bought"] = "false" if row["bought"] == "true" else "true"
            if datetime.fromisoformat(row["at"]) >= end:
                row |= {"amount": "50", "age": "", "channel": "shop", "visit": str(-int(row["visit"]))}
        project.file(number).write_text(text_of(rows))


def made(folder, kind):
    policy = {"growth": None, "bootstrap_windows": 3, "min_rows": 30}
    changes = {"policy": policy, "data": LABEL_TIME if kind == "time" else {}}
    project = tiny.project(folder, **{**histories.CALM, "days": LATER + 1, **changes})
    if kind == "time":
        with_label_times(project)
    return project


@pytest.mark.parametrize("kind", ["delay", "time"])
def test_poison_in_the_future_changes_no_byte_of_the_past(tmp_path, kind):
    clean, poisoned = made(tmp_path / "clean", kind), made(tmp_path / "poisoned", kind)
    poison(poisoned)
    clean, poisoned = (histories.advance_to(project, [LATER]) for project in (clean, poisoned))
    assert clean.catalog.champion("tiny", at=tiny.day(CUT).start) == 1
    past = histories.contents(clean, until=tiny.day(CUT))
    assert histories.contents(poisoned, until=tiny.day(CUT)) == past
    assert clean.catalog.versions("tiny") == poisoned.catalog.versions("tiny")
    assert histories.contents(clean) != histories.contents(poisoned), "the poison was not read"
