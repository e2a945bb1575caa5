"""Tampering is found, and equal histories have equal contents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, inspect, text

from leeway.canonical import canonical_json
from leeway.catalog import Catalog
from leeway.core import EntryKind
from values import MODEL, day, decision, measurement, partition, promotion, snapshot, version

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def filled(catalog: Catalog) -> Catalog:
    """A catalog with something in every table, in which nothing is wrong."""
    token = catalog.take_token(MODEL, "s")
    for number in range(2):
        catalog.publish(partition(number), scope="s", token=token)
        catalog.record(measurement(number), scope="s", token=token)
        evidence = {"measurement": 1}
        catalog.append(MODEL, EntryKind.DECISION, day(number).end, decision(number, evidence=evidence), expected=number)
    catalog.pin(snapshot(1))
    catalog.add_version(version(1))
    catalog.promote(**promotion(1, None))
    assert catalog.verify() == []
    assert catalog.verify(MODEL) == []
    return catalog


@pytest.fixture
def tamper(catalog_url: str) -> Callable[[str], None]:
    """Change rows behind the catalog's back, as somebody who may drop triggers and constraints can."""

    def change(statement: str) -> None:
        engine = create_engine(catalog_url)
        with engine.begin() as connection:
            if engine.dialect.name == "sqlite":
                triggers = connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all()
                for trigger in triggers:
                    connection.execute(text(f'DROP TRIGGER "{trigger}"'))
            else:
                found = inspect(connection)
                for table in found.get_table_names():  # their owner may do that
                    connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
                    for key in found.get_foreign_keys(table):
                        connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {key['name']}"))
            assert connection.execute(text(statement)).rowcount > 0
        engine.dispose()

    return change


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE ledger SET payload = replace(payload, 'Nothing', 'A lot') WHERE seq = 1", "line 1: its content"),
        ("UPDATE ledger SET hash = 'x' WHERE seq = 1", "line 2: it does not follow"),
        ("UPDATE ledger SET at = '2014-01-01T00:00:00.000000Z' WHERE seq = 2", "line 2: its content"),
        ("UPDATE ledger SET window_end = '2014-01-01T00:00:00.000000Z' WHERE seq = 2", "line 2: its window"),
        ("DELETE FROM ledger WHERE seq = 2", "line 3: it should be line 2"),
        ("DELETE FROM model_version", "promotes version 1, which is not known"),
        ("UPDATE snapshot SET body = replace(body, '2013', '2014')", "Snapshot"),
        ("UPDATE partition SET body = replace(body, '10', '11') WHERE id = 1", "Partition"),
        ("UPDATE current SET partition_id = 99 WHERE partition_id = 1", "Current raw partition"),
        ("UPDATE current SET partition_id = 2 WHERE partition_id = 1", "Current raw partition"),
        ("DELETE FROM measurement WHERE window_start < '2013-01-08'", "rests on revision 1"),
    ],
)
def test_verify_finds_what_was_tampered_with(
    filled: Catalog, tamper: Callable[[str], None], statement: str, finding: str
) -> None:
    tamper(statement)
    findings = filled.verify()
    assert any(finding in sentence for sentence in findings), findings
    assert filled.verify("other") == []


def test_contents_are_json_and_the_same_on_both_databases(filled: Catalog) -> None:
    contents = filled.contents()
    assert json.loads(canonical_json(contents)) == contents
    assert {name: len(rows) for name, rows in contents.items()} == {
        "partition": 2,
        "current": 2,
        "measurement": 2,
        "signal": 2,
        "figure": 2,
        "ledger": 3,
        "evaluation": 0,
        "snapshot": 1,
        "model_version": 1,
    }
    memory = Catalog("sqlite://")
    memory.migrate()
    _write(memory, [(number, "a") for number in (1, 0)])
    for name in ("partition", "current", "measurement", "signal", "figure"):
        assert canonical_json(memory.contents()[name]) == canonical_json(contents[name])


def _write(catalog: Catalog, steps: list[tuple[int, str]]) -> None:
    """Ingest and measure days, each as often as it comes, with the content last given to the day."""
    for number, content in steps:
        scope = f"{day(number).key}/ingest"
        token = catalog.take_token(MODEL, scope)
        catalog.publish(partition(number, content), scope=scope, token=token)
        catalog.record(measurement(number), scope=scope, token=token)


DAYS = list(range(4))


@settings(max_examples=12, deadline=None)
@given(order=st.permutations(DAYS), again=st.lists(st.sampled_from(DAYS), max_size=5))
def test_any_order_and_repetition_gives_the_same_bytes(order: list[int], again: list[int]) -> None:
    expected, found = Catalog("sqlite://"), Catalog("sqlite://")
    for catalog, numbers in ((expected, DAYS), (found, [*order, *again])):
        catalog.migrate()
        _write(catalog, [(number, f"rows of {number}") for number in numbers])
        for seq, number in enumerate(DAYS):
            catalog.append(MODEL, EntryKind.DECISION, day(number).end, decision(number), expected=seq)
    assert canonical_json(found.contents()) == canonical_json(expected.contents())
    assert found.verify() == []


@settings(max_examples=15, deadline=None)
@given(steps=st.lists(st.tuples(st.sampled_from([0, 1]), st.sampled_from("abc")), max_size=8))
def test_the_current_version_is_always_the_one_published_last(steps: list[tuple[int, str]]) -> None:
    catalog = Catalog("sqlite://")
    catalog.migrate()
    _write(catalog, steps)
    last = dict(steps)
    for number in (0, 1):
        current = catalog.partition(MODEL, partition().kind, day(number))
        assert current == (partition(number, last[number]) if number in last else None)
    assert len(catalog.all_partitions()) == len(set(steps))
    assert catalog.verify() == []
