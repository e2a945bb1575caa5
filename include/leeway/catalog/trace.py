"""The trace: who ran what and when.

The only place for wall-clock times, run ids and users; nothing is computed from it but what a training has cost.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import insert, select

from leeway.catalog.tables import trace

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from leeway.catalog.engine import Database


class Note(NamedTuple):
    """One fact about one run of something."""

    subject: str
    key: str
    value: str
    recorded_at: datetime


class Trace:
    """Facts that differ between two runs of the same work."""

    _db: Database

    def note(self, model: str, subject: str, facts: Mapping[str, str]) -> None:
        """Note facts about a subject such as ``window:<key>/score``. Nothing noted before is replaced."""
        now = datetime.now(UTC)
        # PostgreSQL has no character NUL in text.
        rows = [
            {
                "model": model,
                "subject": subject,
                "key": key,
                "value": str(value).replace("\0", "\ufffd"),
                "recorded_at": now,
            }
            for key, value in facts.items()
        ]
        if rows:
            with self._db.write(model) as connection:
                connection.execute(insert(trace), rows)

    def notes(self, model: str, subject: str | Collection[str] | None = None) -> list[Note]:
        """What was noted about a subject or several, oldest first; by default about every subject."""
        query = select(trace.c.subject, trace.c.key, trace.c.value, trace.c.recorded_at).where(trace.c.model == model)
        if subject is not None:
            query = query.where(trace.c.subject.in_([subject] if isinstance(subject, str) else subject))
        with self._db.read() as connection:
            return [Note(*row) for row in connection.execute(query.order_by(trace.c.id))]
