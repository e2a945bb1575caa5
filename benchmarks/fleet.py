"""A fleet of models with a long history, to measure and to look at: ``seed`` writes it into a catalog.

A few histories, one for each health and some more, are written by the catalog's own functions; every model of the fleet
is a copy of one of them under its own name, with a ledger chained anew. The copies are written window by window, as a
fleet's rows come in, so that the rows of one model lie as far apart as they would.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.histories import ARCHETYPES, Archetype, write_history
from sqlalchemy import Connection, Table, create_engine, insert, select, text

from leeway.catalog import Catalog
from leeway.catalog.tables import evaluation, figure, ledger, measurement, model_version, signal, trace

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from generate import model_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

COPIED = (measurement, signal, figure, ledger, evaluation, model_version, trace)
"""In the order in which rows refer to one another."""
ROW_ID = {trace: "id"}


class Member(NamedTuple):
    """A model of the fleet, and what its history is copied from."""

    name: str
    archetype: Archetype


def main() -> None:
    """Seed a fleet from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="of the catalog; it is migrated first")
    parser.add_argument("models", type=Path, help="folder for the model files")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--windows", type=int, default=365)
    asked = parser.parse_args()
    print(f"{len(seed(asked.url, asked.models, count=asked.count, windows=asked.windows))} models")


def seed(url: str, folder: Path, *, count: int = 500, windows: int = 365) -> list[str]:
    """Write model files and their history.

    Args:
        url: of the catalog; it is migrated first, and must not know these models.
        folder: for the model files.
        count: how many models.
        windows: how many daily windows of each; the newest one ended last midnight (UTC).

    Returns:
        The names of the models.
    """
    today = datetime.now(UTC).date()
    members = [Member(f"model_{number:03}", ARCHETYPES[number % len(ARCHETYPES)]) for number in range(count)]
    write_model_files(folder, members, start=today - timedelta(days=windows), end=today)
    target = Catalog(url)
    target.migrate()
    rows = archetype_rows(windows, today)
    engine = create_engine(target._db.url)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            # The originals were checked when they were written; to check millions of copies takes minutes.
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        chains: dict[str, str] = {}
        for table in COPIED:
            for place in range(windows):
                batch = (row for member in members for row in copies(rows, table, place, member, chains))
                write(connection, table, list(batch))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "ANALYZE"))
    engine.dispose()
    return [member.name for member in members]


def write_model_files(folder: Path, members: Iterable[Member], *, start: date, end: date) -> None:
    """Model files whose schedules fit the histories."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, member in enumerate(members):
        until = f", end: {end}" if member.archetype.ended else ""
        schedule = f'schedule: {{cron: "0 0 * * *", timezone: UTC, start: {start}{until}}}'
        said = re.sub(r"^schedule: .*$", schedule, model_text(number), flags=re.MULTILINE)
        promotion = "approval" if member.archetype.approval else "auto"
        (folder / f"{member.name}.yaml").write_text(said.replace("promotion: auto", f"promotion: {promotion}"))


Rows = dict[tuple[str, str, int], list[dict[str, Any]]]
"""(archetype, table, number of the window) -> rows in their order."""


def archetype_rows(windows: int, today: date) -> Rows:
    """What the catalog's own functions write for each archetype."""
    source = Catalog("sqlite://")
    source.migrate()
    midnight = datetime(today.year, today.month, today.day, tzinfo=UTC)
    starts = [midnight - timedelta(days=back) for back in range(windows, 0, -1)]
    for archetype in ARCHETYPES:
        write_history(source, archetype, starts)
    rows: Rows = defaultdict(list)
    with source._db.read() as connection:
        for table in COPIED:
            for row in connection.execute(select(table).order_by(*table.primary_key)).mappings():
                place = _place(table, row, midnight, windows)
                rows[row["model"], table.name, place].append(dict(row))
    source.close()
    return rows


def _place(table: Table, row: Any, midnight: datetime, windows: int) -> int:
    """The number of the window with which a row came in."""
    if table is model_version:
        return 0
    moment = row.get("window_end") or row.get("at") or row.get("as_of") or _ended(row["subject"])
    return min(windows - 1, max(0, windows - 1 - (midnight - moment).days))


def _ended(subject: str) -> datetime:
    """The end of the window that a note is about: ``<window's key>/<stage>``."""
    return datetime.strptime(subject.partition("/")[0].partition("-")[2], "%Y%m%dT%H%MZ").replace(tzinfo=UTC)


def copies(rows: Rows, table: Table, place: int, member: Member, chains: dict[str, str]) -> Iterator[dict[str, Any]]:
    """An archetype's rows under the model's name."""
    before, after = f'"{member.archetype.name}"', f'"{member.name}"'
    for row in rows.get((member.archetype.name, table.name, place), ()):
        copy = {**row, "model": member.name}
        copy.pop(ROW_ID.get(table, ""), None)
        for name in ("body", "payload"):
            if name in copy:
                copy[name] = copy[name].replace(before, after)
        if table is ledger:
            copy |= _chained(copy, chains)
        if table is trace:
            copy["recorded_at"] = _ended(row["subject"]) + timedelta(minutes=10)
        yield copy


def _chained(line: dict[str, Any], chains: dict[str, str]) -> dict[str, str]:
    """The links of a line to the one before: `Entry.chain`, on the payload's canonical text as it is."""
    previous = chains.get(line["model"], "")
    head = f'["{line["model"]}",{line["seq"]},"{line["kind"]}","{line["at"].isoformat()}"'
    hashed = sha256(f'{head},{line["payload"]},"{previous}"]'.encode()).hexdigest()
    chains[line["model"]] = hashed
    return {"previous": previous, "hash": hashed}


def write(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert rows: by COPY where that exists."""
    if not rows:
        return
    if connection.dialect.name != "postgresql":
        connection.execute(insert(table), rows)
        return
    names = list(rows[0])
    spell = [table.c[name].type.bind_processor(connection.dialect) or (lambda value: value) for name in names]
    lines = ("\t".join(_copied(to(row[name])) for name, to in zip(names, spell, strict=True)) for row in rows)
    quoted = ", ".join(f'"{name}"' for name in names)
    cursor = connection.connection.cursor()
    cursor.copy_expert(f'COPY "{table.name}" ({quoted}) FROM STDIN', io.StringIO("\n".join(lines) + "\n"))


def _copied(value: Any) -> str:
    if value is None:
        return r"\N"
    return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


if __name__ == "__main__":
    main()
