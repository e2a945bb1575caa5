"""What measurements and evaluations say, by what it is about, filled from what is there; and indexes for many models.

The new rows are read from the bodies as they are spelled, not through today's values: those may change, this may not.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

from leeway.catalog.migrations.versions.r0001_first import MOMENT, forbid_on_postgresql, forbid_on_sqlite, window

if TYPE_CHECKING:
    from collections.abc import Iterator

revision = "0002"
down_revision = "0001"

KEY = ("model", "window_start", "window_end", "revision")
CHUNK = 500
"""Measurements read at a time: a body takes some 15 KB."""


def upgrade() -> None:
    figure, evaluation = create_figures(), create_evaluations()
    op.create_index(
        "flagged_signals",
        "signal",
        list(KEY),
        postgresql_where=sa.text("flagged"),
        sqlite_where=sa.text("flagged = 1"),
    )
    op.create_index("trace_in_order", "trace", ["model", "id"])
    connection = op.get_bind()
    for measured in measurements(connection):
        insert(figure, figures(measured))
    for line in evaluations(connection):
        insert(evaluation, [outcome(line)])
    forbid = forbid_on_postgresql if connection.dialect.name == "postgresql" else forbid_on_sqlite
    for table in (figure, evaluation):
        forbid(table.name)


def create_figures() -> sa.Table:
    created = op.create_table(
        "figure",
        sa.Column("model", sa.String(63), nullable=False),
        *window(),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("about_start", MOMENT, nullable=False),
        sa.Column("about_end", MOMENT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("labelled", sa.Integer),
        sa.Column("muted", sa.Boolean),
        sa.Column("metrics", sa.Text),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint(*KEY, "position"),
        sa.ForeignKeyConstraint(KEY, [f"measurement.{name}" for name in KEY], name="figure_of_measurement"),
    )
    op.create_index("figures_about", "figure", ["model", "kind", "about_start", "about_end", "window_start"])
    return created


def create_evaluations() -> sa.Table:
    return op.create_table(
        "evaluation",
        sa.Column("model", sa.String(63), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("as_of", MOMENT, nullable=False),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("champion", sa.Integer),
        sa.Column("challenger", sa.Integer),
        sa.Column("reasons", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("model", "seq"),
        sa.ForeignKeyConstraint(["model", "seq"], ["ledger.model", "ledger.seq"], name="evaluation_of_ledger"),
    )


def measurements(connection: sa.Connection) -> Iterator[sa.Row[Any]]:
    """All measurements by key, a chunk at a time."""
    table = sa.table("measurement", *(sa.column(name) for name in (*KEY, "body")))
    key = sa.tuple_(*(table.c[name] for name in KEY))
    query = sa.select(table).order_by(*(table.c[name] for name in KEY)).limit(CHUNK)
    chunk = connection.execute(query).all()
    while chunk:
        yield from chunk
        chunk = connection.execute(query.where(key > sa.tuple_(*chunk[-1][:4]))).all()


def evaluations(connection: sa.Connection) -> Iterator[sa.Row[Any]]:
    """The lines of the ledgers that are evaluations, a model at a time."""
    table = sa.table("ledger", *(sa.column(name) for name in ("model", "seq", "kind", "at", "payload")))
    for model in connection.scalars(sa.select(table.c.model).distinct()).all():
        yield from connection.execute(sa.select(table).where(table.c.model == model, table.c.kind == "evaluation"))


def figures(measured: sa.Row[Any]) -> list[dict[str, Any]]:
    said = json.loads(measured.body)
    found = [realised(performance) for performance in said.get("matured", ())]
    found += [estimated(estimate) for estimate in (said.get("estimated"),) if estimate is not None]
    found += [rival(other) for other in said.get("rivals", ())]
    key = {name: getattr(measured, name) for name in KEY}
    return [{**key, "position": place, **row} for place, row in enumerate(found)]


def realised(performance: dict[str, Any]) -> dict[str, Any]:
    body = {**performance, "days": []}
    metrics = performance["metrics"]
    return about("realised", body) | {"labelled": body["labelled"], "muted": None, "metrics": spelled(metrics)}


def estimated(estimate: dict[str, Any]) -> dict[str, Any]:
    metrics = {name: interval["value"] for name, interval in estimate.get("metrics", {}).items()}
    muted = estimate.get("muted", False)
    return about("estimated", estimate) | {"labelled": None, "muted": muted, "metrics": spelled(metrics)}


def rival(other: dict[str, Any]) -> dict[str, Any]:
    return about("rival", other) | {"labelled": None, "muted": None, "metrics": None}


def about(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    start, end = (moment(body["window"][side]) for side in ("start", "end"))
    said = {"version": body["version"], "rows": body["rows"], "body": spelled(body)}
    return {"kind": kind, "about_start": start, "about_end": end, **said}


def outcome(line: sa.Row[Any]) -> dict[str, Any]:
    said = json.loads(line.payload)
    return {
        "model": line.model,
        "seq": line.seq,
        "as_of": line.at,
        "request": said.get("request", ""),
        "reasons": spelled(said["reasons"]),
        **{name: said[name] for name in ("verdict", "champion", "challenger")},
    }


def moment(text: str) -> str:
    """A time of a body (``2013-01-07T05:00:00Z``) as the tables spell it, with microseconds."""
    whole, _, part = text.removesuffix("Z").partition(".")
    return f"{whole}.{part:0<6}Z"


def spelled(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def insert(table: sa.Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        op.bulk_insert(table, rows)
