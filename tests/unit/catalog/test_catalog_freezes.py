"""A freeze holds from the first undecided window, is said once, and stops everybody but a person."""

from __future__ import annotations

import pytest

from leeway.catalog.ledger import append_line
from leeway.core import EntryKind, Freeze
from leeway.errors import ConflictError
from values import MODEL, day, decision, promotion, snapshot, version

FIRST = day(0).start


def said(catalog, frozen=True, reason="an audit", by="ann"):
    return catalog.freeze(MODEL, frozen=frozen, not_before=FIRST, reason=reason, by=by)


def decided(catalog, number):
    catalog.append(MODEL, EntryKind.DECISION, day(number).end, decision(number), expected=catalog.last_seq(MODEL))


def test_it_holds_from_the_first_window_when_nothing_is_decided(catalog):
    made = said(catalog)
    assert made == Freeze(model=MODEL, frozen=True, effective_from=FIRST, reason="an audit", by="ann")
    assert catalog.frozen(MODEL, at=FIRST) == made
    assert catalog.is_frozen(MODEL)
    assert not catalog.is_frozen("other")


def test_it_holds_from_the_first_undecided_window(catalog):
    decided(catalog, 0)
    decided(catalog, 1)
    made = said(catalog)
    assert made.effective_from == day(2).start
    assert catalog.frozen(MODEL, at=day(1).start) is None
    assert catalog.frozen(MODEL, at=day(2).start) == made


def test_what_is_so_already_is_not_said_again(catalog):
    first = said(catalog)
    assert said(catalog, reason="another") == first
    assert catalog.last_seq(MODEL) == 1
    assert not said(catalog, frozen=False).frozen
    assert catalog.last_seq(MODEL) == 2
    said(catalog, frozen=False)
    assert catalog.last_seq(MODEL) == 2
    assert [found.frozen for found in catalog.freezes(MODEL)] == [True, False]


def test_an_end_is_said_anew_at_a_later_window_for_a_person_has_looked_again(catalog):
    said(catalog, frozen=False)
    decided(catalog, 0)
    assert said(catalog, frozen=False).effective_from == day(0).end
    assert len(catalog.freezes(MODEL)) == 2


def test_who_was_deciding_at_the_same_time_decides_again(catalog):
    seen = catalog.last_seq(MODEL)
    said(catalog)
    with pytest.raises(ConflictError):
        catalog.append(MODEL, EntryKind.DECISION, day(0).end, decision(0), expected=seen)


def test_a_promotion_under_way_is_refused_and_a_persons_is_not(catalog):
    catalog.pin(snapshot(1))
    catalog.add_version(version(1))
    said(catalog)
    with pytest.raises(ConflictError) as caught:
        catalog.promote(**promotion(1, None))
    assert caught.value.code == "CAT115"
    assert "ann: an audit" in str(caught.value)
    assert catalog.promote(**promotion(1, None), despite_freeze=True).to_version == 1


def test_verify_knows_the_line_and_finds_one_that_was_moved(catalog):
    said(catalog)
    assert catalog.verify(MODEL) == []
    elsewhere = Freeze(model=MODEL, frozen=False, effective_from=day(3).start, reason="", by="ann")
    with catalog._db.write(MODEL) as connection:
        append_line(connection, MODEL, EntryKind.FREEZE, day(4).start, elsewhere)
    assert catalog.verify(MODEL) == [f"Ledger of {MODEL}, line 2: it freezes from another time than its own."]
