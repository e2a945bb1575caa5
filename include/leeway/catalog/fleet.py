"""How all models are at once: what the end of every ledger says, in a handful of queries however many models there are.

Every query is given its models as a table, and looks up by index what it needs of each.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Integer,
    ScalarSelect,
    Select,
    String,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)

from leeway.catalog.rows import asked, restore
from leeway.catalog.tables import Moment, evaluation, ledger, measurement, signal, trace
from leeway.core import (
    REJECTED,
    ROLL_BACK,
    Decision,
    EntryKind,
    Freeze,
    Outcome,
    Promotion,
    Reason,
    Signal,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from leeway.catalog.engine import Database

ACCEPTED: Final = (Verdict.PROMOTE, Verdict.AWAIT_APPROVAL)
REFUSED: Final = "refused"


class Latest(NamedTuple):
    """The end of a model's ledger: as much of it as decides how the model is.

    ``outcomes`` go back to the decision, or to the newest challenger that passed the gates and nobody rejected, if that
    is older. ``promotions`` are the last one and those since the first of the outcomes.
    """

    decision: Decision | None
    freeze: Freeze | None
    promotions: tuple[Promotion, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def champion(self) -> Promotion | None:
        """The promotion or roll back of the version that serves."""
        return self.promotions[-1] if self.promotions else None

    @property
    def frozen(self) -> Freeze | None:
        """Who has frozen the model, and why; None while it is not frozen."""
        return self.freeze if self.freeze is not None and self.freeze.frozen else None


class Flag(NamedTuple):
    """That something was flagged, in short."""

    detector: str
    subject: str
    kind: str


class Tally(NamedTuple):
    """How often a model was trained, by what the gates said, and how many challengers people refused."""

    retrains: dict[Verdict, int]
    refused: int


class Fleet:
    """How models are."""

    _db: Database

    def latest(self, models: Collection[str]) -> dict[str, Latest]:
        """The end of each model's ledger."""
        if not models:
            return {}
        with self._db.read() as connection:
            marks = _marks(self._db, connection, models)
            lines = connection.execute(_lines(marks)).all()
            outcomes = connection.execute(_outcomes(marks)).all()
        payloads: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for line in sorted(lines, key=lambda line: line.seq):
            payloads[line.model, line.kind].append(line.payload)
        found: defaultdict[str, list[Outcome]] = defaultdict(list)
        for row in outcomes:
            found[row.model].append(_outcome(row))
        return {model: _latest(model, payloads, tuple(found[model])) for model in models}

    def ledger_ends(self, models: Collection[str]) -> dict[str, str]:
        """The hash of the last line of each ledger that has one: it stands for all that the ledger says."""
        if not models:
            return {}
        wanted = _asked(self._db, models)
        newest = select(func.max(ledger.c.seq)).where(ledger.c.model == wanted.c.model).scalar_subquery()
        ends = select(wanted.c.model, newest.label("seq")).cte("ends").prefix_with("MATERIALIZED")
        query = select(ledger.c.model, ledger.c.hash)
        query = query.join_from(ends, ledger, and_(ledger.c.model == ends.c.model, ledger.c.seq == ends.c.seq))
        with self._db.read() as connection:
            return _by_model(connection.execute(query))

    def flagged(self, decisions: Iterable[Decision]) -> dict[str, tuple[Flag, ...]]:
        """What was flagged in the measurement that each decision rests on, by model; nothing where nothing was."""
        found: defaultdict[str, list[Flag]] = defaultdict(list)
        if (rested := _rested(self._db, decisions)) is not None:
            query = select(signal.c.model, signal.c.detector, signal.c.subject, signal.c.kind)
            query = query.join_from(rested, signal, _same(signal, rested)).where(signal.c.flagged)
            with self._db.read() as connection:
                for model, *flag in connection.execute(query.order_by(signal.c.position)):
                    found[model].append(Flag(*flag))
        return {model: tuple(flags) for model, flags in found.items()}

    def flagged_signals(self, decisions: Iterable[Decision]) -> dict[str, tuple[Signal, ...]]:
        """The same with figures and sentences: for the few models that are looked at, for whole bodies are read."""
        if (rested := _rested(self._db, decisions)) is None:
            return {}
        query = select(measurement.c.model, measurement.c.body)
        query = query.join_from(rested, measurement, _same(measurement, rested))
        with self._db.read() as connection:
            bodies = connection.execute(query).all()
        return {
            model: tuple(Signal.model_validate(said) for said in json.loads(body)["signals"] if said["flagged"])
            for model, body in bodies
        }

    def decided_since(self, moments: Mapping[str, datetime]) -> dict[str, int]:
        """How many windows that start at or after a moment are decided, by model."""
        if not moments:
            return {}
        since = asked(self._db, {"model": String, "moment": Moment}, moments.items())
        counted = _of(since, EntryKind.DECISION, func.count()).where(ledger.c.window_start >= since.c.moment)
        with self._db.read() as connection:
            return _by_model(connection.execute(select(since.c.model, counted.scalar_subquery())))

    def tallies(self, models: Collection[str]) -> dict[str, Tally]:
        """How many retrains ended in which way, by model."""
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        if models:
            wanted, refused = _asked(self._db, models), evaluation.c.request.startswith(REJECTED)
            verdict = case((refused, REFUSED), else_=evaluation.c.verdict).label("ended")
            query = select(evaluation.c.model, verdict, func.count())
            query = query.join_from(wanted, evaluation, evaluation.c.model == wanted.c.model)
            query = query.where(evaluation.c.request != ROLL_BACK).group_by(evaluation.c.model, "ended")
            with self._db.read() as connection:
                for model, ended, count in connection.execute(query):
                    counts[model][ended] = count
        return {
            model: Tally({verdict: counts[model][verdict] for verdict in Verdict}, counts[model][REFUSED])
            for model in models
        }

    def last_noted(self, models: Collection[str]) -> dict[str, datetime]:
        """When something was last done for each model, by the clock; models for which nothing was are left out."""
        if not models:
            return {}
        wanted = _asked(self._db, models)
        newest = select(trace.c.recorded_at).where(trace.c.model == wanted.c.model)
        return self._moments(select(wanted.c.model, newest.order_by(trace.c.id.desc()).limit(1).scalar_subquery()))

    def last_noted_about(self, subjects: Mapping[str, str]) -> dict[str, datetime]:
        """When something was last noted about a subject of each model; models of which nothing was are left out."""
        if not subjects:
            return {}
        wanted = asked(self._db, {"model": String, "subject": Text}, subjects.items())
        newest = select(trace.c.recorded_at).where(trace.c.model == wanted.c.model, trace.c.subject == wanted.c.subject)
        return self._moments(select(wanted.c.model, newest.order_by(trace.c.id.desc()).limit(1).scalar_subquery()))

    def _moments(self, query: Select[Any]) -> dict[str, datetime]:
        with self._db.read() as connection:
            found = _by_model(connection.execute(query))
        return {model: moment for model, moment in found.items() if moment is not None}


def _asked(database: Database, models: Collection[str]) -> CTE:
    return asked(database, {"model": String}, [(model,) for model in models])


def _of(wanted: CTE, kind: EntryKind, what: Any) -> Select[Any]:
    """Something of the lines of one kind, for each model that is asked for."""
    return select(what).where(ledger.c.model == wanted.c.model, ledger.c.kind == kind.value)


def _marks(database: Database, connection: Connection, models: Collection[str]) -> CTE:
    """The lines that matter of each model's ledger, by number."""
    wanted = _asked(database, models)
    kinds = (EntryKind.DECISION, EntryKind.FREEZE, EntryKind.PROMOTION)
    last = [_of(wanted, kind, func.max(ledger.c.seq)).scalar_subquery() for kind in kinds]
    found = connection.execute(select(wanted.c.model, *last, _accepted(wanted)))
    types = {"model": String, **dict.fromkeys(("decision", "freeze", "promotion", "since"), Integer)}
    return asked(
        database, types, [(model, *lines, min(lines[0] or 0, accepted or 0)) for model, *lines, accepted in found]
    )


def _accepted(wanted: CTE) -> ScalarSelect[Any]:
    """The newest challenger that passed the gates and nobody rejected; corrected scores do not count as one.

    What came before it matters no more: it ends the row of rejected challengers, and another one that waited is
    overtaken.
    """
    refusal = evaluation.alias("refusal")
    refused = and_(
        refusal.c.model == evaluation.c.model,
        refusal.c.request == literal(REJECTED) + cast(evaluation.c.challenger, String),
    )
    query = select(evaluation.c.seq).where(
        evaluation.c.model == wanted.c.model,
        evaluation.c.verdict.in_([verdict.value for verdict in ACCEPTED]),
        evaluation.c.reasons.not_like(f'%"{Reason.MISCALIBRATED.value}"%'),
        ~select(refusal.c.seq).where(refused).exists(),
    )
    return query.order_by(evaluation.c.seq.desc()).limit(1).scalar_subquery()


def _lines(marks: CTE) -> Any:
    """The last decision and freeze, and the promotions that matter."""
    columns = (ledger.c.model, ledger.c.kind, ledger.c.seq, ledger.c.payload)

    def lines(which: ColumnElement[bool]) -> Select[Any]:
        return select(*columns).join_from(marks, ledger, and_(ledger.c.model == marks.c.model, which))

    promoted = or_(ledger.c.seq == marks.c.promotion, ledger.c.seq >= marks.c.since)
    return union_all(
        lines(ledger.c.seq == marks.c.decision),
        lines(ledger.c.seq == marks.c.freeze),
        lines(and_(ledger.c.kind == EntryKind.PROMOTION.value, promoted)),
    )


def _outcomes(marks: CTE) -> Select[Any]:
    theirs = and_(evaluation.c.model == marks.c.model, evaluation.c.seq >= marks.c.since)
    return select(evaluation).join_from(marks, evaluation, theirs).order_by(evaluation.c.seq)


def _outcome(row: Any) -> Outcome:
    names = ("model", "as_of", "request", "champion", "challenger", "verdict")
    return Outcome(reasons=json.loads(row.reasons), **{name: getattr(row, name) for name in names})


def _latest(model: str, payloads: Mapping[tuple[str, str], list[str]], outcomes: tuple[Outcome, ...]) -> Latest:
    decisions, freezes = payloads.get((model, EntryKind.DECISION)), payloads.get((model, EntryKind.FREEZE))
    return Latest(
        decision=restore(Decision, decisions[-1]) if decisions else None,
        freeze=restore(Freeze, freezes[-1]) if freezes else None,
        promotions=tuple(restore(Promotion, line) for line in payloads.get((model, EntryKind.PROMOTION), ())),
        outcomes=outcomes,
    )


def _rested(database: Database, decisions: Iterable[Decision]) -> CTE | None:
    """The measurements that decisions rest on; None if none rests on one."""
    named = [(made, made.evidence.get("measurement")) for made in decisions]
    rows = [(made.model, made.window.start, made.window.end, revision) for made, revision in named if revision]
    types = {"model": String, "window_start": Moment, "window_end": Moment, "revision": Integer}
    return asked(database, types, rows) if rows else None


def _same(table: Any, rested: CTE) -> ColumnElement[bool]:
    return and_(*(table.c[name] == rested.c[name] for name in ("model", "window_start", "window_end", "revision")))


def _by_model(rows: Any) -> dict[str, Any]:
    return dict(tuple(row) for row in rows)
