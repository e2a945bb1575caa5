"""Partitions and fencing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leeway.core import PartitionKind, PartitionState
from leeway.errors import CatalogError, ConflictError, FencedError
from values import MODEL, day, partition, predictions, promotion, version

if TYPE_CHECKING:
    from leeway.catalog import Catalog
    from leeway.core import Partition

RAW = PartitionKind.RAW


def publish(catalog: Catalog, published: Partition) -> None:
    scope = f"{published.window.key}/{published.kind}"
    catalog.publish(published, scope=scope, token=catalog.take_token(MODEL, scope))


def test_tokens_of_a_scope_only_grow(catalog: Catalog) -> None:
    assert [catalog.take_token(MODEL, "a") for _ in range(3)] == [1, 2, 3]
    assert catalog.take_token(MODEL, "b") == 1
    assert catalog.take_token("other", "a") == 1


def test_only_the_newest_try_publishes(catalog: Catalog) -> None:
    old, new = catalog.take_token(MODEL, "s"), catalog.take_token(MODEL, "s")
    with pytest.raises(FencedError):
        catalog.publish(partition(), scope="s", token=old)
    assert catalog.partition(MODEL, RAW, day(0)) is None
    catalog.publish(partition(), scope="s", token=new)
    assert catalog.partition(MODEL, RAW, day(0)) == partition()


def test_a_token_that_was_never_taken_publishes_nothing(catalog: Catalog) -> None:
    with pytest.raises(FencedError):
        catalog.publish(partition(), scope="s", token=1)
    assert catalog.all_partitions() == ()


def test_publishing_again_changes_nothing(catalog: Catalog) -> None:
    publish(catalog, partition())
    before = catalog.contents()
    publish(catalog, partition())
    assert catalog.contents() == before
    assert catalog.all_partitions() == (partition(),)


def test_a_new_version_becomes_current_and_the_old_one_stays_pinned(catalog: Catalog) -> None:
    old, new = partition(content="old"), partition(content="new")
    publish(catalog, old)
    publish(catalog, new)
    assert catalog.partition(MODEL, RAW, day(0)) == new
    assert catalog.pinned(MODEL, RAW, day(0), old.version) == old
    assert catalog.all_partitions(MODEL) == (old, new)


def test_an_older_version_can_become_current_again(catalog: Catalog) -> None:
    for content in ("a", "b", "a"):
        publish(catalog, partition(content=content))
    assert catalog.partition(MODEL, RAW, day(0)) == partition(content="a")
    assert len(catalog.all_partitions()) == 2


def test_equal_bytes_can_be_judged_again(catalog: Catalog) -> None:
    bad = partition(state=PartitionState.QUARANTINED, reason_code="VAL001", reason="Negative \0 delays.")
    publish(catalog, bad)
    assert catalog.partition(MODEL, RAW, day(0)) == bad
    publish(catalog, partition())
    assert catalog.partition(MODEL, RAW, day(0)) == partition()
    assert catalog.pinned(MODEL, RAW, day(0), bad.version) == partition()


def test_what_was_never_published_cannot_be_pinned(catalog: Catalog) -> None:
    with pytest.raises(CatalogError) as refused:
        catalog.pinned(MODEL, RAW, day(0), "0" * 64)
    assert refused.value.code == "CAT010"
    assert refused.value.where["model"] == MODEL


def test_current_partitions_come_oldest_first_within_the_bounds(catalog: Catalog) -> None:
    published = {number: partition(number) for number in (3, 0, 2, 1)}
    published[2] = partition(2, state=PartitionState.QUARANTINED)
    for each in published.values():
        publish(catalog, each)
    publish(catalog, partition(1, kind=PartitionKind.LABELS))
    every = catalog.partitions(MODEL, RAW)
    assert every == tuple(published[number] for number in range(4))
    assert catalog.partitions(MODEL, RAW, start=day(1).start, end=day(2).end) == every[1:3]
    assert catalog.partitions(MODEL, RAW, end=day(2).start) == every[:2]
    assert catalog.partitions("other", RAW) == ()


def test_predictions_must_come_from_the_champion_of_the_window(catalog: Catalog) -> None:
    publish(catalog, predictions(0, None))
    catalog.add_version(version(1))
    catalog.promote(**promotion(1, None, number=1))
    publish(catalog, predictions(1, None))
    with pytest.raises(ConflictError):
        publish(catalog, predictions(2, None))
    with pytest.raises(ConflictError):
        publish(catalog, predictions(1, 1, content="q"))
    publish(catalog, predictions(2, 1))
    champions = [found.champion for found in catalog.partitions(MODEL, PartitionKind.PREDICTIONS)]
    assert champions == [None, None, 1]
