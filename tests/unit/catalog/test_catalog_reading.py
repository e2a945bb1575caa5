"""What pages read: much at once, and only what they need."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leeway.core import Action, EntryKind, Freeze, Measurement, Performance, Value, Window
from values import MODEL, day, decision, measurement, signal

if TYPE_CHECKING:
    from leeway.catalog import Catalog


class Part(Value, extra="ignore"):
    """Two fields of a measurement."""

    window: Window
    matured: tuple[Performance, ...]


def record(catalog: Catalog, measured: Measurement) -> None:
    token = catalog.take_token(MODEL, "measure")
    catalog.record(measured, scope="measure", token=token)


@pytest.fixture
def measured(catalog: Catalog) -> list[Measurement]:
    """Four days, the second measured twice; what is known now, oldest first."""
    known = [
        measurement(0, signals=()),
        measurement(1, signals=(signal("a"), signal("b", kind="quality"), signal("c", flagged=False))),
        measurement(2, signals=(signal("a"), signal("b"))),
        measurement(3, signals=(signal("a", flagged=False),)),
    ]
    record(catalog, measurement(1, signals=tuple(signal(f"old {n}") for n in range(5))))
    for one in known:
        record(catalog, one)
    return known


def test_parts_are_fields_of_the_newest_measurements(catalog, measured):
    parts = catalog.parts(Part, MODEL)
    assert [(part.window, part.matured) for part in parts] == [(one.window, one.matured) for one in measured]


def test_parts_keep_to_their_limits_and_to_their_model(catalog, measured):
    found = catalog.parts(Part, MODEL, since=day(1).start, until=day(2).end)
    assert [part.window for part in found] == [day(1), day(2)]
    assert catalog.parts(Part, "other") == ()


def test_flagged_signals_are_counted_by_window_and_kind(catalog, measured):
    assert catalog.flagged_counts(MODEL) == {day(1): {"data": 1, "quality": 1}, day(2): {"data": 2}}
    assert catalog.flagged_counts(MODEL, since=day(2).start) == {day(2): {"data": 2}}


def test_a_page_of_the_ledger_is_cut_from_its_end(catalog):
    for number in range(5):
        catalog.append(MODEL, EntryKind.DECISION, day(number).end, decision(number), expected=number)
    frozen = Freeze(model=MODEL, frozen=True, effective_from=day(9).end, reason="holidays", by="ann")
    catalog.append(MODEL, EntryKind.FREEZE, day(9).end, frozen, expected=5)

    total, newest = catalog.page(MODEL, first=0, size=2)
    assert (total, [line.seq for line in newest]) == (6, [6, 5])
    total, decisions = catalog.page(MODEL, kind=EntryKind.DECISION, first=3, size=9)
    assert (total, [line.seq for line in decisions]) == (5, [2, 1])
    assert catalog.page(MODEL, first=6, size=2) == (6, ())
    assert catalog.entries(MODEL)[::-1][:2] == newest


def test_decided_windows_are_counted_from_the_first(catalog):
    assert catalog.decided(MODEL) == (0, None)
    for seq, number in enumerate((2, 1, 4)):
        made = decision(number, action=Action.ALERT)
        catalog.append(MODEL, EntryKind.DECISION, day(number).end, made, expected=seq)
    assert catalog.decided(MODEL) == (3, day(1))


def test_notes_about_several_subjects_come_in_the_order_in_which_they_were_made(catalog):
    for subject, value in (("a", "1"), ("b", "2"), ("c", "3"), ("a", "4")):
        catalog.note(MODEL, subject, {"key": value})
    assert [note.value for note in catalog.notes(MODEL, ["a", "b"])] == ["1", "2", "4"]
    assert [note.value for note in catalog.notes(MODEL, "c")] == ["3"]
    assert catalog.notes(MODEL, []) == []
