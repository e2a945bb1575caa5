"""How models are: one or five hundred of them for the same handful of queries.

The rules are those that the stages go by (`leeway.turns`, `leeway.aliases`, the safety envelope), applied to the end of
each ledger.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from leeway.aliases import newest_waiting
from leeway.catalog import Latest
from leeway.facts.health import Assessment, assess
from leeway.policies.envelope import rejected_in_a_row
from leeway.turns import Order, is_catching_up, is_unfinished, measured_at, overdue

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from leeway.catalog import Catalog, Flag
    from leeway.core import Window
    from leeway.spec import ModelSpec


@dataclass(frozen=True)
class Known:
    """What a ledger says of a model: the same as long as the ledger does not go on.

    Args:
        latest: the end of the ledger.
        flags: what was flagged in the measurement that the last decision rests on.
    """

    latest: Latest
    flags: tuple[Flag, ...]

    @cached_property
    def order(self) -> Order | None:
        """What the last decision asked for, if that is not finished."""
        decision, promotions = self.latest.decision, self.latest.promotions
        if decision is None:
            return None
        open_ = is_unfinished(decision, self.latest.outcomes, promotions, frozen=self.latest.frozen is not None)
        return Order(decision) if open_ else None

    @cached_property
    def waiting(self) -> int | None:
        """The challenger that waits for a person."""
        frozen = self.latest.frozen is not None
        return newest_waiting(self.latest.outcomes, self.latest.promotions, frozen=frozen)

    @cached_property
    def rejections(self) -> int:
        """How many challengers were rejected in a row."""
        return rejected_in_a_row(self.latest.outcomes, self.latest.freeze)


@dataclass(frozen=True)
class Standing:
    """How a model is.

    Args:
        spec: the model.
        known: what its ledger says.
        now: the time at which this is true.
        measured: when the window that was decided last was measured; asked for only if the next one is overdue.
    """

    spec: ModelSpec
    known: Known
    now: datetime
    measured: datetime | None = None

    @property
    def latest(self) -> Latest:
        """The end of its ledger."""
        return self.known.latest

    @property
    def flags(self) -> tuple[Flag, ...]:
        """What was flagged in the measurement that the last decision rests on."""
        return self.known.flags

    @property
    def order(self) -> Order | None:
        """What the last decision asked for, if that is not finished."""
        return self.known.order

    @property
    def waiting(self) -> int | None:
        """The challenger that waits for a person."""
        return self.known.waiting

    @property
    def rejections(self) -> int:
        """How many challengers were rejected in a row."""
        return self.known.rejections

    @property
    def head(self) -> Window | None:
        """The window that was decided last."""
        return self.latest.decision.window if self.latest.decision is not None else None

    @cached_property
    def next_window(self) -> Window | None:
        """The window that is decided next; None if the schedule is over."""
        schedule = self.spec.schedule
        following = schedule.first if self.head is None else schedule.after(self.head)
        return following if schedule.covers(following) else None

    @cached_property
    def overdue_by(self) -> float | None:
        """For how many seconds the next decision is overdue; None if it is not."""
        found = overdue(self.spec, self.head, self.now)
        return None if found is None else found[1].total_seconds()

    @cached_property
    def catching_up(self) -> bool:
        """Whether the next decision is overdue, and the model is on its way to it."""
        return self.overdue_by is not None and is_catching_up(self.spec, self.measured, self.now)

    @property
    def late_by(self) -> float | None:
        """For how many seconds the next decision is overdue; None if it is not, or the model is catching up."""
        return None if self.catching_up else self.overdue_by

    @cached_property
    def assessment(self) -> Assessment:
        """How the model is in one word, and why."""
        return assess(self)


def standings(catalog: Catalog, specs: Collection[ModelSpec], now: datetime) -> list[Standing]:
    """How models are, in the order given.

    What a ledger says is remembered by the hash of its last line, so only ledgers that have gone on are read.

    Args:
        catalog: the catalog.
        specs: the models.
        now: the present time.
    """
    remembered = _remembered.setdefault(catalog, {})
    ends = catalog.ledger_ends([spec.name for spec in specs])
    known = {model: remembered[end] for model, end in ends.items() if end in remembered}
    read = _read(catalog, ends.keys() - known.keys())
    if len(remembered) > _MOST_REMEMBERED:
        remembered.clear()
    remembered.update({ends[model]: found for model, found in read.items()})
    known |= read
    found = [Standing(spec, known.get(spec.name, _NOTHING), now) for spec in specs]
    heads = {one.spec.name: one.head for one in found if one.head is not None and one.overdue_by is not None}
    measured = measured_at(catalog, heads)
    return [replace(one, measured=measured[one.spec.name]) if one.spec.name in measured else one for one in found]


def _read(catalog: Catalog, models: Collection[str]) -> dict[str, Known]:
    latest = catalog.latest(models)
    flags = catalog.flagged(found.decision for found in latest.values() if found.decision is not None)
    return {model: Known(found, flags.get(model, ())) for model, found in latest.items()}


_MOST_REMEMBERED: Final = 4096
_NOTHING: Final = Known(Latest(None, None, (), ()), ())
_remembered: WeakKeyDictionary[Catalog, dict[str, Known]] = WeakKeyDictionary()
