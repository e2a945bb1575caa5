"""The lines of a ledger."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pydantic import Field

from leeway.canonical import digest
from leeway.core.values import Instant, Value, to_utc

if TYPE_CHECKING:
    from datetime import datetime


class PromotionKind(StrEnum):
    """How the champion changed."""

    PROMOTION = "promotion"
    ROLLBACK = "rollback"


class Promotion(Value):
    """A change of the champion: from ``effective_from`` on, windows are scored by ``to_version``."""

    model: str
    kind: PromotionKind
    from_version: int | None
    to_version: int
    effective_from: Instant
    reason: str
    by: str = Field(description="'gates', 'policy', or the name of the person who approved or rolled back.")


class Freeze(Value):
    """A person's word that a model is left as it is, or that this ends: from ``effective_from`` on."""

    model: str
    frozen: bool
    effective_from: Instant
    reason: str
    by: str


class EntryKind(StrEnum):
    """What a ledger entry records."""

    DECISION = "decision"
    EVALUATION = "evaluation"
    PROMOTION = "promotion"
    FREEZE = "freeze"


class Entry(Value):
    """One line of a model's ledger. ``hash`` covers the payload and the previous line's hash."""

    model: str
    seq: int
    kind: EntryKind
    at: Instant = Field(description="Event time it belongs to: a window's end, as_of, effective_from.")
    payload: dict[str, Any]
    previous: str
    hash: str

    @staticmethod
    def chain(model: str, seq: int, kind: EntryKind, at: datetime, payload: dict[str, Any], previous: str) -> str:
        """Hash of a ledger line."""
        return digest([model, seq, kind.value, to_utc(at).isoformat(), payload, previous])
