"""A declared schema, a window, and short ways to write files that fit it, or almost."""

from __future__ import annotations

import gzip
import io
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from leeway.core import Window
from leeway.kinds import build
from leeway.schema import TableSchema
from leeway.sources.base import Batch, ReadRequest, Source

WINDOW = Window(start=datetime(2026, 1, 5, tzinfo=UTC), end=datetime(2026, 1, 6, tzinfo=UTC))
COLUMNS: dict[str, dict[str, Any]] = {
    "id": {"type": "string", "role": "id"},
    "ts": {"type": "timestamp", "role": "id"},
    "n": {"type": "int", "nullable": True},
    "x": {"type": "float", "nullable": True},
    "city": {"type": "string", "nullable": True},
    "ok": {"type": "boolean", "nullable": True},
    "y": {"type": "int", "role": "target"},
    "leak": {"type": "float", "role": "forbidden"},
    "spare": {"type": "timestamp", "role": "ignore"},
}
NAMES = ("id", "ts", "n", "x", "city", "ok", "y")
FIRST = {"id": "a1", "ts": "2026-01-05T01:00:00Z", "n": "1", "x": "1.5", "city": "Oslo", "ok": "true", "y": "0"}
SECOND = {"id": "a2", "ts": "2026-01-05T02:00:00Z", "n": "2", "x": "2.5", "city": "Rome", "ok": "false", "y": "1"}
HEADER = ",".join(NAMES)


@dataclass(frozen=True)
class Case:
    """Files in a folder, how they are declared, and what reading them gives: an error's code, or values of columns."""

    name: str
    files: dict[str, bytes]
    code: str = ""
    values: dict[str, list[Any]] = field(default_factory=dict)
    declare: dict[str, dict[str, Any]] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


def schema(changes: dict[str, dict[str, Any]] | None = None) -> TableSchema:
    """The declared schema, with changes to some columns."""
    columns = {name: {**column, **(changes or {}).get(name, {})} for name, column in COLUMNS.items()}
    label = {"column": "y", "delay": "1d"}
    return TableSchema.model_validate({"columns": columns, "event_time": "ts", "key": ["id"], "label": label})


def request(base: Path = Path(), *, declare: dict[str, dict[str, Any]] | None = None, **changes: Any) -> ReadRequest:
    """A request for all columns of the window."""
    fields = {"model": "m", "interval": WINDOW, "windows": (WINDOW,), "schema": schema(declare), "columns": NAMES}
    return ReadRequest(**{**fields, "time_column": "ts", "base": base, **changes})


def source(kind: str, **options: Any) -> Source:
    """A source as a model file describes it."""
    found = build(Source, {"kind": kind, **options})
    assert isinstance(found, Source)
    return found


def read_case(case: Case, folder: Path) -> Batch:
    """Write a case's files and read them."""
    for name, data in case.files.items():
        (folder / name).write_bytes(data)
    path = next(iter(case.files)) if len(case.files) == 1 else f"*{Path(next(iter(case.files))).suffix}"
    return source("files", **{"path": path, **case.options}).read(request(folder, declare=case.declare))


def csv(*rows: str, header: str = HEADER, end: str = "\n") -> bytes:
    """A CSV file of rows as they are, after two that are right."""
    right = [",".join(row.values()) for row in (FIRST, SECOND)]
    return (end.join([header, *right, *rows]) + end).encode()


def cell(**values: str) -> bytes:
    """A CSV file whose third row has these values."""
    row = {
        "id": "a3",
        "ts": "2026-01-05T03:00:00Z",
        "n": "3",
        "x": "3.5",
        "city": "Bonn",
        "ok": "1",
        "y": "0",
        **values,
    }
    return csv(",".join(row.values()))


OBJECT: dict[str, Any] = {"id": "a1", "ts": FIRST["ts"], "n": 1, "x": 1.5, "city": "Oslo", "ok": True, "y": 0}


def jsonl(*lines: str) -> bytes:
    """JSON lines after one that is right."""
    return ("\n".join([json.dumps(OBJECT), *lines]) + "\n").encode()


def record(**values: Any) -> bytes:
    """JSON lines whose second object has these values."""
    return jsonl(json.dumps({**OBJECT, "id": "a2", **values}))


def table(rows: int = 2, **columns: pa.Array) -> pa.Table:
    """An Arrow table of the declared types, with some columns replaced."""
    start = WINDOW.start
    right = {
        "id": pa.array([f"a{row}" for row in range(rows)]),
        "ts": pa.array([start.replace(microsecond=row) for row in range(rows)], pa.timestamp("us", "UTC")),
        "n": pa.array(range(rows), pa.int64()),
        "x": pa.array([row / 2 for row in range(rows)], pa.float64()),
        "city": pa.array(["Oslo"] * rows, pa.string()),
        "ok": pa.array([True] * rows, pa.bool_()),
        "y": pa.array([0] * rows, pa.int64()),
    }
    return pa.table({**right, **columns})


def parquet(rows: int = 2, drop: str = "", **columns: pa.Array) -> bytes:
    """A Parquet file of such a table."""
    made = table(rows, **columns)
    return write_parquet(made.drop_columns([drop]) if drop else made)


def write_parquet(content: pa.Table, **options: Any) -> bytes:
    """The bytes of a table, with page checksums and uncompressed, so that a flipped bit is seen by them alone."""
    sink = io.BytesIO()
    defaults = {"compression": "none", "write_page_checksum": True, "use_dictionary": False}
    pq.write_table(content, sink, **{**defaults, **options})
    return sink.getvalue()


def flipped(data: bytes, position: int) -> bytes:
    """One bit of a byte turned."""
    return data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]


def gz(data: bytes) -> bytes:
    """Compressed, with the same bytes each time."""
    return gzip.compress(data, mtime=0)
