"""The ledger, promotions, snapshots, versions and the trace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from leeway.core import EntryKind, PartitionKind, Promotion, PromotionKind
from leeway.errors import CatalogError, ConflictError
from values import (
    MODEL,
    day,
    decision,
    evaluation,
    measurement,
    partition,
    predictions,
    promotion,
    snapshot,
    version,
)

if TYPE_CHECKING:
    from leeway.catalog import Catalog
    from leeway.core import Entry


def decide(catalog: Catalog, number: int) -> Entry:
    expected = catalog.last_seq(MODEL)
    return catalog.append(MODEL, EntryKind.DECISION, day(number).end, decision(number), expected=expected)


def publish_predictions(catalog: Catalog, number: int, champion: int | None) -> None:
    token = catalog.take_token(MODEL, "score")
    catalog.publish(predictions(number, champion), scope="score", token=token)


def test_lines_are_numbered_and_chained(catalog: Catalog) -> None:
    first, second = decide(catalog, 0), decide(catalog, 1)
    assert (first.seq, first.previous, second.seq, second.previous) == (1, "", 2, first.hash)
    assert catalog.entries(MODEL) == (first, second)
    assert catalog.last_seq(MODEL) == 2
    assert catalog.last_seq("other") == 0
    chained = [
        line.chain(line.model, line.seq, line.kind, line.at, line.payload, line.previous) for line in (first, second)
    ]
    assert chained == [first.hash, second.hash]


@pytest.mark.parametrize("expected", [0, 2])
def test_who_has_not_seen_the_last_line_appends_nothing(catalog: Catalog, expected: int) -> None:
    decide(catalog, 0)
    with pytest.raises(ConflictError):
        catalog.append(MODEL, EntryKind.DECISION, day(1).end, decision(1), expected=expected)
    assert catalog.last_seq(MODEL) == 1


def test_a_window_is_decided_once(catalog: Catalog) -> None:
    decide(catalog, 0)
    with pytest.raises(ConflictError):
        decide(catalog, 0)
    assert catalog.decisions(MODEL) == (decision(0),)


def test_a_line_must_fit_its_payload(catalog: Catalog) -> None:
    for model, kind, at in (
        (MODEL, EntryKind.EVALUATION, day(0).end),
        (MODEL, EntryKind.DECISION, day(0).start),
        ("other", EntryKind.DECISION, day(0).end),
    ):
        with pytest.raises(ValueError, match="does not fit"):
            catalog.append(model, kind, at, decision(0), expected=0)
    with pytest.raises(ValueError, match="not a Measurement"):
        catalog.append(MODEL, EntryKind.DECISION, day(0).end, measurement(0), expected=0)


def test_decisions_are_found_by_window_and_time(catalog: Catalog) -> None:
    assert catalog.head(MODEL) is None
    for number in (0, 3, 1):
        decide(catalog, number)
    assert catalog.head(MODEL) == day(3)
    assert catalog.decision(MODEL, day(1)) == decision(1)
    assert catalog.decision(MODEL, day(2)) is None
    assert catalog.decisions(MODEL, until=day(2).end) == (decision(0), decision(1))
    assert catalog.decisions(MODEL, since=day(1).start) == (decision(3), decision(1))
    assert catalog.decisions(MODEL, since=day(1).start, until=day(2).end) == (decision(1),)


def test_the_last_decision_is_the_one_made_last_about_an_earlier_window(catalog: Catalog) -> None:
    for number in (0, 3, 1):
        decide(catalog, number)
    found = [catalog.last_decision(MODEL, until=day(number).start) for number in range(5)]
    assert found == [None, decision(0), decision(1), decision(1), decision(1)]


def test_the_last_evaluation_as_of_a_time_counts(catalog: Catalog) -> None:
    for seq, found in enumerate((evaluation(0), evaluation(0, winner="later"), evaluation(1))):
        catalog.append(MODEL, EntryKind.EVALUATION, found.as_of, found, expected=seq)
    assert catalog.evaluation(MODEL, day(0).end) == evaluation(0, winner="later")
    assert catalog.evaluation(MODEL, day(2).end) is None
    assert len(catalog.evaluations(MODEL)) == 3
    assert [line.kind for line in catalog.entries(MODEL, EntryKind.EVALUATION)] == [EntryKind.EVALUATION] * 3
    assert catalog.entries(MODEL, EntryKind.DECISION) == ()


def test_the_champion_of_a_time_is_what_was_in_effect_then(catalog: Catalog) -> None:
    assert catalog.champion(MODEL) is None
    catalog.add_version(version(1))
    catalog.add_version(version(2))
    catalog.promote(**promotion(1, None, number=0))
    catalog.promote(**promotion(2, 1, number=2))
    assert [catalog.champion(MODEL, day(number).start) for number in range(5)] == [None, 1, 1, 2, 2]
    assert catalog.champion(MODEL) == 2
    assert [found.to_version for found in catalog.promotions(MODEL)] == [1, 2]


def test_a_promotion_needs_the_champion_that_was_seen(catalog: Catalog) -> None:
    catalog.add_version(version(1))
    catalog.add_version(version(2))
    with pytest.raises(ConflictError):
        catalog.promote(**promotion(1, 2))
    catalog.promote(**promotion(1, None))
    with pytest.raises(ConflictError):
        catalog.promote(**promotion(2, None))
    assert catalog.champion(MODEL) == 1


def test_an_unknown_version_is_not_promoted(catalog: Catalog) -> None:
    with pytest.raises(CatalogError) as refused:
        catalog.promote(**promotion(7, None))
    assert refused.value.code == "CAT010"
    assert catalog.last_seq(MODEL) == 0


def test_a_promotion_never_changes_who_scored_a_window(catalog: Catalog) -> None:
    catalog.add_version(version(1))
    catalog.add_version(version(2))
    publish_predictions(catalog, 4, None)
    made = catalog.promote(**promotion(1, None, number=0))
    assert made.effective_from == day(4).end
    back = catalog.promote(**promotion(2, 1, number=1, kind=PromotionKind.ROLLBACK))
    assert back.effective_from == day(4).end
    assert back.kind is PromotionKind.ROLLBACK
    assert catalog.champion(MODEL, day(4).start) is None
    assert catalog.promote(**promotion(1, 2, number=6)).effective_from == day(6).end


def test_what_promote_returns_is_the_line_of_the_ledger(catalog: Catalog) -> None:
    catalog.add_version(version(1))
    made = catalog.promote(**promotion(1, None))
    line = catalog.entries(MODEL)[-1]
    assert (line.kind, line.at) == (EntryKind.PROMOTION, made.effective_from)
    assert Promotion.model_validate(line.payload) == made


def test_times_compare_as_instants_whatever_their_zone(catalog: Catalog) -> None:
    catalog.add_version(version(1))
    catalog.promote(**promotion(1, None, not_before=datetime.fromisoformat("2013-01-07T23:30:00-05:00")))
    in_effect = datetime(2013, 1, 8, 4, 30, tzinfo=UTC)
    assert catalog.champion(MODEL, in_effect) == 1
    assert catalog.champion(MODEL, in_effect - timedelta(microseconds=1)) is None


def test_pinning_a_snapshot_twice_is_pinning_it_once(catalog: Catalog) -> None:
    digest = catalog.pin(snapshot())
    assert catalog.pin(snapshot()) == digest == snapshot().digest
    assert catalog.snapshot(digest) == snapshot()
    assert len(catalog.contents()["snapshot"]) == 1
    with pytest.raises(CatalogError) as refused:
        catalog.snapshot("0" * 64)
    assert refused.value.code == "CAT010"


def test_versions_are_found_by_number_and_by_train_key(catalog: Catalog) -> None:
    for number in (2, 1):
        catalog.add_version(version(number))
    catalog.add_version(version(1))
    assert catalog.versions(MODEL) == (version(1), version(2))
    assert catalog.version(MODEL, 2) == version(2)
    assert catalog.version_of(MODEL, "key 1") == version(1)
    assert catalog.version_of(MODEL, "key 3") is None
    with pytest.raises(CatalogError) as refused:
        catalog.version(MODEL, 3)
    assert refused.value.code == "CAT010"


def test_a_number_or_train_key_belongs_to_one_version(catalog: Catalog) -> None:
    catalog.add_version(version(1))
    for other in (version(1, train_key="x"), version(2, train_key="key 1"), version(1, code="d")):
        with pytest.raises(ConflictError):
            catalog.add_version(other)
    assert catalog.versions(MODEL) == (version(1),)


def test_notes_are_kept_in_order_and_are_no_content(catalog: Catalog) -> None:
    before = catalog.contents()
    catalog.note(MODEL, "a", {"run": "1", "user": "nul\0"})
    catalog.note(MODEL, "b", {"run": "2"})
    catalog.note(MODEL, "a", {"run": "3"})
    catalog.note(MODEL, "a", {})
    assert [(note.subject, note.key, note.value) for note in catalog.notes(MODEL, "a")] == [
        ("a", "run", "1"),
        ("a", "user", "nul\ufffd"),
        ("a", "run", "3"),
    ]
    assert len(catalog.notes(MODEL)) == 4
    assert catalog.notes(MODEL)[0].recorded_at.tzinfo is UTC
    assert catalog.contents() == before


def test_contents_are_of_one_model_or_all(catalog: Catalog) -> None:
    for model in (MODEL, "other"):
        token = catalog.take_token(model, "s")
        catalog.publish(partition(model=model), scope="s", token=token)
    assert len(catalog.contents()["partition"]) == len(catalog.contents()["current"]) == 2
    assert [row["model"] for row in catalog.contents("other")["current"]] == ["other"]
    assert catalog.partitions("other", PartitionKind.RAW) == (partition(model="other"),)
