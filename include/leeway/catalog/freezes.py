"""Freezes: a person's word that a model is left as it is, and that this ends. They are lines of the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, Select, func, select

from leeway.catalog.ledger import append_line
from leeway.catalog.tables import ledger
from leeway.core import EntryKind, Freeze, to_utc
from leeway.failpoints import failpoint

if TYPE_CHECKING:
    from datetime import datetime

    from leeway.catalog.engine import Database


class Freezes:
    """Whether a model is left as it is."""

    _db: Database

    def freezes(self, model: str) -> tuple[Freeze, ...]:
        """Every freeze and its end, in order."""
        with self._db.read() as connection:
            payloads = connection.scalars(_freezes(model).order_by(ledger.c.seq))
            return tuple(Freeze.model_validate_json(payload) for payload in payloads)

    def frozen(self, model: str, at: datetime | None = None) -> Freeze | None:
        """The last word about a window that starts at ``at``, by default the last of all; None if nobody said one."""
        with self._db.read() as connection:
            return frozen_at(connection, model, at)

    def is_frozen(self, model: str) -> bool:
        """Whether the last word is that the model is left as it is."""
        last = self.frozen(model)
        return last is not None and last.frozen

    def freeze(self, model: str, *, frozen: bool, not_before: datetime, reason: str, by: str) -> Freeze:
        """Say that a model is left as it is, or that this ends: from the first window that is not decided.

        What is so already is not said again. Whoever is deciding about a window at the same time has to decide again,
        for the ledger has gone on.

        Args:
            model: the model's name.
            frozen: whether it is left as it is.
            not_before: the start of the first window of the schedule.
            reason: why, for people.
            by: who says so.

        Returns:
            The word that holds now.
        """
        with self._db.write(model) as connection:
            decided = select(func.max(ledger.c.at)).where(ledger.c.model == model, ledger.c.kind == EntryKind.DECISION)
            said = Freeze(
                model=model,
                frozen=frozen,
                effective_from=connection.scalar(decided) or to_utc(not_before),
                reason=reason,
                by=by,
            )
            last = frozen_at(connection, model)
            if last is not None and _says_the_same(last, said):
                return last
            append_line(connection, model, EntryKind.FREEZE, said.effective_from, said)
            failpoint("ledger.append")
        failpoint("ledger.appended")
        return said


def frozen_at(connection: Connection, model: str, at: datetime | None = None) -> Freeze | None:
    """The last freeze, or end of one, that is in effect at ``at``; by default the last of all."""
    query = _freezes(model)
    if at is not None:
        query = query.where(ledger.c.at <= at)
    payload = connection.scalar(query.order_by(ledger.c.seq.desc()).limit(1))
    return None if payload is None else Freeze.model_validate_json(payload)


def _freezes(model: str) -> Select[str]:
    return select(ledger.c.payload).where(ledger.c.model == model, ledger.c.kind == EntryKind.FREEZE)


def _says_the_same(last: Freeze, said: Freeze) -> bool:
    """An end is said anew at a later window, frozen or not: it also tells that a person has looked."""
    return last.frozen == said.frozen and (said.frozen or last.effective_from == said.effective_from)
