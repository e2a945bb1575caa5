"""The first tables, and triggers that keep rows as they were written.

There is no way down: a ledger is not dropped by a migration. Restore a backup instead.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

MOMENT = sa.String(27).with_variant(sa.String(27, collation="C"), "postgresql")
IMMUTABLE = ("partition", "measurement", "signal", "ledger", "snapshot", "model_version", "trace")


def window(*, nullable: bool = False) -> list[sa.Column[str]]:
    return [
        sa.Column("window_start", MOMENT, nullable=nullable),
        sa.Column("window_end", MOMENT, nullable=nullable),
    ]


def upgrade() -> None:
    op.create_table(
        "fence",
        sa.Column("model", sa.String(63), primary_key=True),
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("token", sa.Integer, nullable=False),
    )
    op.create_table(
        "partition",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("model", sa.String(63), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        *window(),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("champion", sa.Integer),
        sa.Column("body", sa.Text, nullable=False),
        sa.UniqueConstraint(
            "model", "kind", "window_start", "window_end", "version", "digest", name="one_row_per_content"
        ),
    )
    op.create_table(
        "current",
        sa.Column("model", sa.String(63), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        *window(),
        sa.Column("partition_id", sa.Integer, sa.ForeignKey("partition.id"), nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("model", "kind", "window_start", "window_end"),
    )
    create_measurements()
    create_ledger()
    create_versions()
    forbid = forbid_on_postgresql if op.get_bind().dialect.name == "postgresql" else forbid_on_sqlite
    for table in IMMUTABLE:
        forbid(table)


def create_measurements() -> None:
    key = ("model", "window_start", "window_end", "revision")
    op.create_table(
        "measurement",
        sa.Column("model", sa.String(63), nullable=False),
        *window(),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint(*key),
    )
    op.create_table(
        "signal",
        sa.Column("model", sa.String(63), nullable=False),
        *window(),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("detector", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("statistic", sa.Float),
        sa.Column("p_value", sa.Float),
        sa.Column("effect", sa.Float),
        sa.Column("threshold", sa.Float),
        sa.Column("flagged", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint(*key, "position"),
        sa.ForeignKeyConstraint(key, [f"measurement.{name}" for name in key], name="signal_of_measurement"),
    )


def create_ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("model", sa.String(63), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        *window(nullable=True),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("model", "seq"),
    )
    decided = sa.text("kind = 'decision'")
    op.create_index(
        "one_decision_per_window",
        "ledger",
        ["model", "window_start", "window_end"],
        unique=True,
        postgresql_where=decided,
        sqlite_where=decided,
    )
    op.create_index("ledger_by_kind", "ledger", ["model", "kind", "seq"])


def create_versions() -> None:
    op.create_table(
        "snapshot",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("model", sa.String(63), nullable=False),
        sa.Column("as_of", MOMENT, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_table(
        "model_version",
        sa.Column("model", sa.String(63), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("train_key", sa.String(255), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.UniqueConstraint("model", "train_key", name="one_version_per_training"),
    )
    op.create_table(
        "trace",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("model", sa.String(63), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
    )
    op.create_index("trace_by_subject", "trace", ["model", "subject"])


def forbid_on_postgresql(table: str) -> None:
    op.execute(
        """
        CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'rows of % are immutable', TG_TABLE_NAME; END $$
        """
    )
    op.execute(
        f'CREATE TRIGGER "{table}_immutable" BEFORE UPDATE OR DELETE OR TRUNCATE ON "{table}" '
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def forbid_on_sqlite(table: str) -> None:
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f'CREATE TRIGGER "{table}_no_{change.lower()}" BEFORE {change} ON "{table}" '
            f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are immutable'); END"
        )
