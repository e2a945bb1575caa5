"""The tables of the catalog.

A row keeps the whole value as canonical JSON in ``body``, and beside it only the columns by which it is found. Times
are text in UTC with microseconds (``2013-01-07T05:00:00.000000Z``): one spelling that sorts and compares as time on
both databases. The migrations make these tables; a test holds the two together.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

from leeway.core import to_utc

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine


def moment_text(moment: datetime) -> str:
    """An aware time as the tables spell it."""
    return to_utc(moment).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


class Moment(TypeDecorator[datetime]):
    """An instant as text that sorts by time, also where a database's locale would sort differently."""

    impl = String(27)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Compare byte by byte on PostgreSQL; SQLite always does."""
        return String(27, collation="C" if dialect.name == "postgresql" else None)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Spell an aware time."""
        return None if value is None else moment_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Read the spelling."""
        return None if value is None else datetime.fromisoformat(value)


metadata = MetaData()


def _model(*, key: bool = False) -> Column[str]:
    return Column("model", String(63), primary_key=key, nullable=False)


def _window(*, key: bool = False, nullable: bool = False) -> tuple[Column[datetime], Column[datetime]]:
    return (
        Column("window_start", Moment, primary_key=key, nullable=nullable),
        Column("window_end", Moment, primary_key=key, nullable=nullable),
    )


fence = Table(
    "fence",
    metadata,
    _model(key=True),
    Column("scope", Text, primary_key=True),
    Column("token", Integer, nullable=False),
)

partition = Table(
    "partition",
    metadata,
    Column("id", Integer, primary_key=True),
    _model(),
    Column("kind", String(16), nullable=False),
    *_window(),
    Column("version", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("champion", Integer),
    Column("body", Text, nullable=False),
    # The digest is in the key because equal bytes may be judged again: quarantined once, published after a correction.
    UniqueConstraint("model", "kind", "window_start", "window_end", "version", "digest", name="one_row_per_content"),
)

current = Table(
    "current",
    metadata,
    _model(key=True),
    Column("kind", String(16), primary_key=True),
    *_window(key=True),
    Column("partition_id", Integer, ForeignKey("partition.id"), nullable=False),
    Column("generation", Integer, nullable=False),
)

measurement = Table(
    "measurement",
    metadata,
    _model(key=True),
    *_window(key=True),
    Column("revision", Integer, primary_key=True),
    Column("body", Text, nullable=False),
)

signal = Table(
    "signal",
    metadata,
    _model(key=True),
    *_window(key=True),
    Column("revision", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("detector", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("statistic", Float),
    Column("p_value", Float),
    Column("effect", Float),
    Column("threshold", Float),
    Column("flagged", Boolean, nullable=False),
    ForeignKeyConstraint(
        ["model", "window_start", "window_end", "revision"],
        ["measurement.model", "measurement.window_start", "measurement.window_end", "measurement.revision"],
        name="signal_of_measurement",
    ),
)
# A query has to spell this as SQLAlchemy does on each database, or the index is not used.
Index(
    "flagged_signals",
    signal.c.model,
    signal.c.window_start,
    signal.c.window_end,
    signal.c.revision,
    postgresql_where=text("flagged"),
    sqlite_where=text("flagged = 1"),
)

figure = Table(
    "figure",
    metadata,
    _model(key=True),
    *_window(key=True),
    Column("revision", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("about_start", Moment, nullable=False),
    Column("about_end", Moment, nullable=False),
    Column("version", Integer, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("labelled", Integer),
    Column("muted", Boolean),
    Column("metrics", Text),
    Column("body", Text, nullable=False),
    ForeignKeyConstraint(
        ["model", "window_start", "window_end", "revision"],
        ["measurement.model", "measurement.window_start", "measurement.window_end", "measurement.revision"],
        name="figure_of_measurement",
    ),
)
"""What measurements say about windows, one row for each: a realised performance, an estimate, or a rival.

A measurement speaks of its own window (estimated) and of those whose labels matured in it (realised, rival). In
``metrics`` are the bare figures by name, for lists and small charts; ``body`` is the whole value, a performance without
its days.
"""
Index("figures_about", figure.c.model, figure.c.kind, figure.c.about_start, figure.c.about_end, figure.c.window_start)

ledger = Table(
    "ledger",
    metadata,
    _model(key=True),
    Column("seq", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("at", Moment, nullable=False),
    *_window(nullable=True),
    Column("payload", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
_decided = text("kind = 'decision'")
Index(
    "one_decision_per_window",
    ledger.c.model,
    ledger.c.window_start,
    ledger.c.window_end,
    unique=True,
    postgresql_where=_decided,
    sqlite_where=_decided,
)
Index("ledger_by_kind", ledger.c.model, ledger.c.kind, ledger.c.seq)

evaluation = Table(
    "evaluation",
    metadata,
    _model(key=True),
    Column("seq", Integer, primary_key=True),
    Column("as_of", Moment, nullable=False),
    Column("request", Text, nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("champion", Integer),
    Column("challenger", Integer),
    Column("reasons", Text, nullable=False),
    ForeignKeyConstraint(["model", "seq"], ["ledger.model", "ledger.seq"], name="evaluation_of_ledger"),
)
"""The evaluations in the ledger, in short: what is open is asked for all models at once, and the payloads are long."""

snapshot = Table(
    "snapshot",
    metadata,
    Column("digest", String(64), primary_key=True),
    _model(),
    Column("as_of", Moment, nullable=False),
    Column("body", Text, nullable=False),
)

model_version = Table(
    "model_version",
    metadata,
    _model(key=True),
    Column("version", Integer, primary_key=True),
    Column("train_key", String(255), nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("model", "train_key", name="one_version_per_training"),
)

trace = Table(
    "trace",
    metadata,
    Column("id", Integer, primary_key=True),
    _model(),
    Column("subject", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("recorded_at", Moment, nullable=False),
)
Index("trace_by_subject", trace.c.model, trace.c.subject)
Index("trace_in_order", trace.c.model, trace.c.id)

DETERMINISTIC = (partition, current, measurement, signal, figure, ledger, evaluation, snapshot, model_version)
"""Tables that two runs over the same data fill alike, whatever their order, crashes and repetitions."""
