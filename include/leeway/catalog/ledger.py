"""The ledger: decisions, evaluations, promotions and freezes of a model, one numbered and chained line after another.

Each line's hash covers its payload and the previous line's hash, so a changed or lost line in the middle shows.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, Select, func, insert, select

from leeway.canonical import canonical_json
from leeway.catalog.rows import of_window, within
from leeway.catalog.tables import evaluation, ledger
from leeway.core import Decision, Entry, EntryKind, Evaluation, Freeze, Promotion, Value, Window
from leeway.errors import ConflictError
from leeway.failpoints import failpoint

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leeway.catalog.engine import Database


class Ledger:
    """What was decided, found of challengers, and promoted."""

    _db: Database

    def append(self, model: str, kind: EntryKind, at: datetime, payload: Value, *, expected: int) -> Entry:
        """Add the next line, if the last one is still the expected one.

        Args:
            model: the model's name.
            kind: what the line records.
            at: event time it belongs to: the window's end, as_of, or effective_from.
            payload: the decision, evaluation, promotion or freeze.
            expected: number of the last line that the caller has seen, 0 for none.

        Raises:
            ConflictError: if the ledger has gone on since, or the window is already decided.
            ValueError: if kind, time or model do not fit the payload.
        """
        _require_fit(model, kind, at, payload)
        with self._db.write(model) as connection:
            entry = append_line(connection, model, kind, at, payload, expected=expected)
            failpoint("ledger.append")
        failpoint("ledger.appended")
        return entry

    def last_seq(self, model: str) -> int:
        """Number of the last line, 0 for an empty ledger."""
        with self._db.read() as connection:
            return last_seq(connection, model)

    def entries(self, model: str, kind: EntryKind | None = None, *, after: int = 0) -> tuple[Entry, ...]:
        """The lines in order, by default of every kind; only those after line ``after``."""
        with self._db.read() as connection:
            return tuple(entry(row) for row in lines(connection, model, kind, after=after))

    def page(
        self, model: str, *, kind: EntryKind | None = None, first: int, size: int
    ) -> tuple[int, tuple[Entry, ...]]:
        """Some lines, the newest first.

        Args:
            model: the model's name.
            kind: only lines of this kind.
            first: how many of the newest to pass over.
            size: how many lines at most.

        Returns:
            How many lines there are in all, and these.
        """
        ours = [ledger.c.model == model] if kind is None else [ledger.c.model == model, ledger.c.kind == kind]
        query = select(ledger).where(*ours).order_by(ledger.c.seq.desc()).offset(first).limit(size)
        with self._db.read() as connection:
            total = connection.scalar(select(func.count()).select_from(ledger).where(*ours)) or 0
            return total, tuple(entry(row) for row in connection.execute(query))

    def decisions(
        self, model: str, *, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[Decision, ...]:
        """The decisions about windows that start at or after ``since`` and end by ``until``, in the order made."""
        with self._db.read() as connection:
            return decisions_within(connection, model, since, until)

    def last_decision(self, model: str, *, until: datetime) -> Decision | None:
        """The decision made last about a window that ends by ``until``, if there is one."""
        query = _decisions(model, None, until).order_by(ledger.c.seq.desc()).limit(1)
        with self._db.read() as connection:
            payload = connection.scalar(query)
        return Decision.model_validate_json(payload) if payload is not None else None

    def decision(self, model: str, window: Window) -> Decision | None:
        """The decision about a window, if there is one."""
        query = select(ledger.c.payload).where(of_window(ledger, model, window), ledger.c.kind == EntryKind.DECISION)
        with self._db.read() as connection:
            payload = connection.scalar(query)
        return Decision.model_validate_json(payload) if payload is not None else None

    def head(self, model: str) -> Window | None:
        """The decided window with the latest end."""
        query = select(ledger.c.window_start, ledger.c.window_end)
        query = query.where(ledger.c.model == model, ledger.c.kind == EntryKind.DECISION)
        query = query.order_by(ledger.c.window_end.desc(), ledger.c.window_start.desc()).limit(1)
        with self._db.read() as connection:
            row = connection.execute(query).one_or_none()
        return Window(start=row.window_start, end=row.window_end) if row is not None else None

    def decided(self, model: str) -> tuple[int, Window | None]:
        """How many windows are decided, and the first of them."""
        query = select(func.count(), func.min(ledger.c.window_start), func.min(ledger.c.window_end))
        query = query.where(ledger.c.model == model, ledger.c.kind == EntryKind.DECISION)
        with self._db.read() as connection:
            count, start, end = connection.execute(query).one()
        return count, Window(start=start, end=end) if count else None

    def evaluations(self, model: str) -> tuple[Evaluation, ...]:
        """All evaluations in order."""
        with self._db.read() as connection:
            rows = lines(connection, model, EntryKind.EVALUATION)
        return tuple(Evaluation.model_validate_json(row.payload) for row in rows)

    def evaluation(self, model: str, as_of: datetime, *, request: str = "") -> Evaluation | None:
        """The last evaluation as of a time, if there is one: the one a decision asked for, or another ``request``."""
        query = select(ledger.c.payload).where(
            ledger.c.model == model, ledger.c.kind == EntryKind.EVALUATION, ledger.c.at == as_of
        )
        with self._db.read() as connection:
            payloads = connection.scalars(query.order_by(ledger.c.seq.desc())).all()
        found = map(Evaluation.model_validate_json, payloads)
        return next((evaluation for evaluation in found if evaluation.request == request), None)


def append_line(
    connection: Connection, model: str, kind: EntryKind, at: datetime, payload: Value, *, expected: int | None = None
) -> Entry:
    """Add the next line within a transaction that holds the model's lock.

    Raises:
        ConflictError: if the last line is not ``expected``, or the window is already decided.
    """
    last = connection.execute(
        select(ledger.c.seq, ledger.c.hash).where(ledger.c.model == model).order_by(ledger.c.seq.desc()).limit(1)
    ).one_or_none()
    seq, previous = (0, "") if last is None else (last.seq, last.hash)
    if expected is not None and seq != expected:
        raise ConflictError(
            f"the ledger has gone on to line {seq}, not {expected}", model=model, do="Read it again and decide again."
        )
    if isinstance(payload, Decision):
        _require_undecided(connection, payload)
    body = canonical_json(payload)
    plain: dict[str, Any] = json.loads(body)
    hashed = Entry.chain(model, seq + 1, kind, at, plain, previous)
    added = Entry(model=model, seq=seq + 1, kind=kind, at=at, payload=plain, previous=previous, hash=hashed)
    window = payload.window if isinstance(payload, Decision) else None
    connection.execute(
        insert(ledger).values(
            model=model,
            seq=added.seq,
            kind=kind.value,
            at=at,
            window_start=window and window.start,
            window_end=window and window.end,
            payload=body,
            previous=previous,
            hash=hashed,
        )
    )
    if isinstance(payload, Evaluation):
        connection.execute(insert(evaluation).values(seq=added.seq, **_in_short(payload)))
    return added


def _in_short(found: Evaluation) -> dict[str, Any]:
    return {
        "model": found.model,
        "as_of": found.as_of,
        "request": found.request,
        "verdict": found.verdict.value,
        "champion": found.champion,
        "challenger": found.challenger,
        "reasons": canonical_json(found.reasons),
    }


def last_seq(connection: Connection, model: str) -> int:
    """Number of the last line, 0 for an empty ledger."""
    return int(connection.scalar(select(func.max(ledger.c.seq)).where(ledger.c.model == model)) or 0)


def lines(connection: Connection, model: str, kind: EntryKind | None = None, *, after: int = 0) -> Sequence[Row[Any]]:
    """The rows of a ledger in order, those after line ``after``."""
    query = select(ledger).where(ledger.c.model == model, ledger.c.seq > after).order_by(ledger.c.seq)
    return connection.execute(query if kind is None else query.where(ledger.c.kind == kind)).all()


def entry(row: Row[Any]) -> Entry:
    """Read a line as it is stored, right or wrong; `Catalog.verify` judges it."""
    fields = {name: getattr(row, name) for name in ("model", "seq", "kind", "at", "previous", "hash")}
    return Entry(**fields, payload=json.loads(row.payload))


def decisions_within(
    connection: Connection, model: str, since: datetime | None, until: datetime | None
) -> tuple[Decision, ...]:
    """The decisions about windows that start at or after ``since`` and end by ``until``, in the order made."""
    payloads = connection.scalars(_decisions(model, since, until).order_by(ledger.c.seq))
    return tuple(Decision.model_validate_json(payload) for payload in payloads)


def _decisions(model: str, since: datetime | None, until: datetime | None) -> Select[str]:
    return select(ledger.c.payload).where(*within(ledger, model, since, until), ledger.c.kind == EntryKind.DECISION)


def _require_undecided(connection: Connection, decision: Decision) -> None:
    query = select(ledger.c.seq).where(
        of_window(ledger, decision.model, decision.window), ledger.c.kind == EntryKind.DECISION
    )
    if (seq := connection.scalar(query)) is not None:
        raise ConflictError(f"already decided in line {seq}", model=decision.model, window=decision.window)


def _require_fit(model: str, kind: EntryKind, at: datetime, payload: Value) -> None:
    match payload:
        case Decision():
            fitting, when = EntryKind.DECISION, payload.window.end
        case Evaluation():
            fitting, when = EntryKind.EVALUATION, payload.as_of
        case Promotion():
            fitting, when = EntryKind.PROMOTION, payload.effective_from
        case Freeze():
            fitting, when = EntryKind.FREEZE, payload.effective_from
        case _:
            raise ValueError(
                f"a ledger records decisions, evaluations, promotions and freezes, not a {type(payload).__name__}"
            )
    if (kind, at, model) != (fitting, when, payload.model):
        raise ValueError(f"{kind} of {model} at {at} does not fit its payload: {fitting} of {payload.model} at {when}")
