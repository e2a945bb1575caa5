"""Looking at the catalog as a whole: its content for comparison, and whether it is consistent."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Table, select

from leeway.canonical import canonical_json, digest
from leeway.catalog.ledger import entry, lines
from leeway.catalog.tables import DETERMINISTIC, current, ledger, measurement, model_version, partition, snapshot
from leeway.core import EntryKind, to_utc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leeway.catalog.engine import Database

_HISTORY = {"id", "partition_id", "generation"}
"""Columns that tell in which order rows were written, not what they say."""


class Audit:
    """Reading all of it."""

    _db: Database

    def contents(self, model: str | None = None) -> dict[str, list[dict[str, Any]]]:
        """All deterministic rows by table, sorted and JSON-able: equal histories give equal contents.

        Left out is what depends on how often and when things ran: the trace, fencing tokens, generations and row ids.
        """
        with self._db.read() as connection:
            return {table.name: _rows(connection, table, model) for table in DETERMINISTIC}

    def verify(self, model: str | None = None) -> list[str]:
        """Check that the ledgers' chains hold, rows match their digests, and everything named exists.

        Returns:
            One sentence per finding. A chain cannot show that lines were cut off at its end.
        """
        with self._db.read() as connection:
            models = [model] if model is not None else _models(connection)
            findings = [finding for name in models for finding in _ledger_findings(connection, name)]
            return findings + list(_content_findings(connection, model)) + list(_pointer_findings(connection, model))


def _rows(connection: Connection, table: Table, model: str | None) -> list[dict[str, Any]]:
    columns = [column for column in table.c if column.name not in _HISTORY]
    query = select(*columns)
    if table is current:
        joined = current.join(partition, current.c.partition_id == partition.c.id)
        query = select(*columns, partition.c.version, partition.c.digest).select_from(joined)
    if model is not None:
        query = query.where(table.c.model == model)
    rows = [{name: _plain(value) for name, value in row.items()} for row in connection.execute(query).mappings()]
    return sorted(rows, key=canonical_json)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _models(connection: Connection) -> list[str]:
    return list(connection.scalars(select(ledger.c.model).distinct().order_by(ledger.c.model)))


def _ledger_findings(connection: Connection, model: str) -> Iterator[str]:
    known = set(connection.scalars(select(model_version.c.version).where(model_version.c.model == model)))
    previous = ""
    for number, row in enumerate(lines(connection, model), start=1):
        line = entry(row)
        here = f"Ledger of {model}, line {line.seq}"
        if line.seq != number:
            yield f"{here}: it should be line {number}; lines are missing before it."
            return
        if line.previous != previous:
            yield f"{here}: it does not follow from the line before it."
        if line.hash != line.chain(model, line.seq, line.kind, line.at, line.payload, line.previous):
            yield f"{here}: its content does not match its hash."
        if line.kind is EntryKind.DECISION and not _window_matches(row, line.payload):
            yield f"{here}: its window is not the one that it decides."
        if line.kind is EntryKind.PROMOTION and line.payload.get("to_version") not in known:
            yield f"{here}: it promotes version {line.payload.get('to_version')}, which is not known."
        if line.kind is EntryKind.FREEZE and _moment(line.payload.get("effective_from")) != line.at:
            yield f"{here}: it freezes from another time than its own."
        previous = line.hash


def _moment(text: str | None) -> datetime | None:
    return to_utc(datetime.fromisoformat(text)) if text is not None else None


def _window_matches(row: Any, payload: dict[str, Any]) -> bool:
    window = payload.get("window", {})
    told = [_moment(window.get(side)) for side in ("start", "end")]
    return told == [row.window_start, row.window_end]


def _content_findings(connection: Connection, model: str | None) -> Iterator[str]:
    for table, name in ((partition, "Partition"), (snapshot, "Snapshot")):
        query = select(table.c.model, table.c.digest, table.c.body)
        for row in connection.execute(query if model is None else query.where(table.c.model == model)):
            if digest(json.loads(row.body)) != row.digest:
                yield f"{name} {row.digest[:12]} of {row.model}: its content does not match its digest."


def _pointer_findings(connection: Connection, model: str | None) -> Iterator[str]:
    joined = current.outerjoin(partition, current.c.partition_id == partition.c.id)
    same = ("model", "kind", "window_start", "window_end")
    query = select(current, *(partition.c[name].label(f"of_{name}") for name in same)).select_from(joined)
    for row in connection.execute(query if model is None else query.where(current.c.model == model)):
        if any(getattr(row, name) != getattr(row, f"of_{name}") for name in same):
            window = f"{row.window_start:%Y-%m-%dT%H:%MZ}"
            yield f"Current {row.kind} partition of {row.model} at {window}: it points to a row that is not its own."
    yield from _measured_findings(connection, model)


def _measured_findings(connection: Connection, model: str | None) -> Iterator[str]:
    """Decisions name a measurement that exists."""
    query = select(ledger).where(ledger.c.kind == EntryKind.DECISION)
    revisions = select(
        measurement.c.model, measurement.c.window_start, measurement.c.window_end, measurement.c.revision
    )
    known = {tuple(row) for row in connection.execute(revisions)}
    for row in connection.execute(query if model is None else query.where(ledger.c.model == model)):
        revision = json.loads(row.payload).get("evidence", {}).get("measurement")
        if revision is not None and (row.model, row.window_start, row.window_end, revision) not in known:
            here = f"Ledger of {row.model}, line {row.seq}"
            yield f"{here}: it rests on revision {revision} of a measurement, which is missing."
