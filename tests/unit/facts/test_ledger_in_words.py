from __future__ import annotations

import pytest

from leeway.core import Entry, EntryKind, Freeze, Promotion, PromotionKind, Verdict, rejected_by, rejection
from leeway.facts.ledger import said
from values import MODEL, day, decision, evaluation


def line(kind, payload):
    plain = payload.model_dump(mode="json")
    return Entry(model=MODEL, seq=1, kind=kind, at=day(0).end, payload=plain, previous="", hash="")


@pytest.mark.parametrize(
    ("request_", "by"),
    [("", None), ("bob:manual__2024", "bob"), ("cli:ann:2024-01-01T00:00:00Z", "ann"), ("roll_back", None)],
)
def test_an_evaluation_is_by_the_person_who_asked_for_it(request_, by):
    told = said(line(EntryKind.EVALUATION, evaluation(request=request_)))
    assert (told.what, told.version, told.by) == ("reject", 2, by)


@pytest.mark.parametrize("comment", ["", "too risky: wait.", "no"])
def test_a_rejection_is_by_the_person_who_rejected(comment):
    words = rejection("ann", comment)
    assert rejected_by(words) == "ann"
    assert comment in words
    told = said(
        line(
            EntryKind.EVALUATION,
            evaluation(request="approval:2", verdict=Verdict.REJECT, challenger=None, sentence=words),
        )
    )
    assert (told.what, told.sentence, told.by) == ("reject", words, "ann")


def test_a_decision_is_nobodys():
    told = said(line(EntryKind.DECISION, decision(champion=3)))
    assert told == ("none", "Nothing moved.", 3, None)


@pytest.mark.parametrize("kind", list(PromotionKind))
def test_a_change_of_the_champion_is_about_the_version_that_serves_then(kind):
    changed = Promotion(
        model=MODEL, kind=kind, from_version=1, to_version=2, effective_from=day(0).end, reason="better", by="ann"
    )
    assert said(line(EntryKind.PROMOTION, changed)) == (kind, "better", 2, "ann")


@pytest.mark.parametrize(("frozen", "what"), [(True, "freeze"), (False, "unfreeze")])
def test_a_freeze_tells_who_and_why(frozen, what):
    word = Freeze(model=MODEL, frozen=frozen, effective_from=day(0).end, reason="holidays", by="bob")
    assert said(line(EntryKind.FREEZE, word)) == (what, "holidays", None, "bob")
