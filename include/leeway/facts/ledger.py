"""The ledger, line by line, in words that fit in a row of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from leeway.core import REJECTED, Entry, EntryKind, Instant, Value, rejected_by

if TYPE_CHECKING:
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


class LedgerLine(Value):
    """One line: what it records, in words, and all it holds. ``previous`` is the hash of the line before."""

    seq: int
    kind: EntryKind
    at: Instant
    what: str
    sentence: str
    by: str | None
    hash: str
    previous: str
    payload: dict[str, Any]


class LedgerPage(Value):
    """Some lines of a ledger, the newest first."""

    total: int
    page: int
    size: int
    entries: tuple[LedgerLine, ...]


class Said(NamedTuple):
    """A line in words.

    ``what`` is the action of a decision, the verdict of an evaluation, how the champion changed, or ``freeze`` and
    ``unfreeze``; ``version`` the one that it is about; ``by`` who wanted it: a person, ``gates`` or ``policy``; None
    for decisions and what they asked for.
    """

    what: str
    sentence: str
    version: int | None
    by: str | None


def ledger_page(
    ws: Workspace, spec: ModelSpec, *, page: int = 1, size: int = 50, kind: EntryKind | None = None
) -> LedgerPage:
    """One page of a model's ledger, the first one with the newest lines; ``kind``: only lines of this kind."""
    total, entries = ws.catalog.page(spec.name, kind=kind, first=(page - 1) * size, size=size)
    return LedgerPage(total=total, page=page, size=size, entries=tuple(_line(entry) for entry in entries))


def said(entry: Entry) -> Said:
    """What a line records."""
    payload = entry.payload
    match entry.kind:
        case EntryKind.DECISION:
            return Said(payload["action"], payload["sentence"], payload["champion"], None)
        case EntryKind.EVALUATION:
            return Said(payload["verdict"], payload["sentence"], payload["challenger"], _asked_by(payload))
        case EntryKind.PROMOTION:
            return Said(payload["kind"], payload["reason"], payload["to_version"], payload["by"])
        case EntryKind.FREEZE:
            return Said("freeze" if payload["frozen"] else "unfreeze", payload["reason"], None, payload["by"])


def _asked_by(evaluation: dict[str, Any]) -> str | None:
    """The person who rejected the challenger or asked for the retrain; None if a decision did."""
    request = evaluation["request"]
    if request.startswith(REJECTED):
        return rejected_by(evaluation["sentence"])
    person, asked, _ = request.removeprefix("cli:").partition(":")
    return person if asked else None


def _line(entry: Entry) -> LedgerLine:
    told = said(entry)
    kept = entry.model_dump(include={"seq", "kind", "at", "hash", "previous", "payload"})
    return LedgerLine(what=told.what, sentence=told.sentence, by=told.by, **kept)
