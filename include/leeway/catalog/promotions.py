"""Promotions: which version is the champion, and since when. They are lines of the ledger."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select

from leeway.catalog.freezes import frozen_at
from leeway.catalog.ledger import append_line, lines
from leeway.catalog.rows import missing
from leeway.catalog.tables import current, ledger, model_version
from leeway.core import EntryKind, PartitionKind, Promotion, PromotionKind, to_utc
from leeway.errors import ConflictError
from leeway.failpoints import failpoint

if TYPE_CHECKING:
    from datetime import datetime

    from leeway.catalog.engine import Database


class Promotions:
    """The champion of each instant."""

    _db: Database

    def promotions(self, model: str) -> tuple[Promotion, ...]:
        """All promotions and rollbacks in order."""
        with self._db.read() as connection:
            rows = lines(connection, model, EntryKind.PROMOTION)
        return tuple(Promotion.model_validate_json(row.payload) for row in rows)

    def champion(self, model: str, at: datetime | None = None) -> int | None:
        """The version that scores windows starting at ``at``; by default what the last promotion made champion."""
        with self._db.read() as connection:
            return champion_at(connection, model, at)

    def takes_effect(self, model: str, *, not_before: datetime) -> datetime:
        """From when a promotion that is made now would serve; see `promote`."""
        with self._db.read() as connection:
            return max([to_utc(not_before), *_taken(connection, model)])

    def promote(
        self,
        *,
        model: str,
        kind: PromotionKind,
        from_version: int | None,
        to_version: int,
        not_before: datetime,
        reason: str,
        by: str,
        despite_freeze: bool = False,
    ) -> Promotion:
        """Change the champion, if it still is the one that was seen.

        It takes effect no earlier than ``not_before``, the end of the last scored or decided window and the last
        promotion: which version scored a window, or that none did, never changes afterwards.

        Raises:
            ConflictError: if the champion is not ``from_version`` any more, or the model is frozen; ``despite_freeze``
                lets a person change it all the same.
            CatalogError: CAT010 if ``to_version`` is not a known version.
        """
        with self._db.write(model) as connection:
            champion = champion_at(connection, model)
            if champion != from_version:
                raise ConflictError(
                    f"the champion is version {champion}, not {from_version}",
                    model=model,
                    do="Compare with the champion of now, and decide again.",
                )
            _require_version(connection, model, to_version)
            if not despite_freeze:
                _require_not_frozen(connection, model)
            promotion = Promotion(
                model=model,
                kind=kind,
                from_version=from_version,
                to_version=to_version,
                effective_from=max([to_utc(not_before), *_taken(connection, model)]),
                reason=reason,
                by=by,
            )
            append_line(connection, model, EntryKind.PROMOTION, promotion.effective_from, promotion)
            failpoint("ledger.append")
        failpoint("ledger.appended")
        return promotion


def champion_at(connection: Connection, model: str, at: datetime | None = None) -> int | None:
    """The version to which the last promotion in effect at ``at`` changed; by default the last of all."""
    query = select(ledger.c.payload).where(ledger.c.model == model, ledger.c.kind == EntryKind.PROMOTION)
    if at is not None:
        query = query.where(ledger.c.at <= at)
    payload = connection.scalar(query.order_by(ledger.c.seq.desc()).limit(1))
    return None if payload is None else int(json.loads(payload)["to_version"])


def _require_version(connection: Connection, model: str, version: int) -> None:
    known = select(model_version.c.version).where(model_version.c.model == model, model_version.c.version == version)
    if connection.scalar(known) is None:
        raise missing(f"version {version}", model=model)


def _require_not_frozen(connection: Connection, model: str) -> None:
    last = frozen_at(connection, model)
    if last is not None and last.frozen:
        raise ConflictError(
            f"the model was frozen by {last.by}: {last.reason}",
            code="CAT115",
            model=model,
            do="Only a person may change who serves: approve, roll back, or unfreeze it.",
        )


def _taken(connection: Connection, model: str) -> list[datetime]:
    """Times before which the champion is settled: the end of the last scored or decided window, the last promotion."""
    scored = select(func.max(current.c.window_end)).where(
        current.c.model == model, current.c.kind == PartitionKind.PREDICTIONS
    )
    promoted = select(func.max(ledger.c.at)).where(ledger.c.model == model, ledger.c.kind == EntryKind.PROMOTION)
    decided = select(func.max(ledger.c.at)).where(ledger.c.model == model, ledger.c.kind == EntryKind.DECISION)
    return [when for query in (scored, decided, promoted) if (when := connection.scalar(query)) is not None]
