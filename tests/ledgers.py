"""Ledgers of models without data: what the stages would write, a step at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tiny
from leeway.core import Action, Decision, EntryKind, Evaluation, Measurement, PromotionKind, Reason, Verdict
from values import signal, version

if TYPE_CHECKING:
    from datetime import datetime

    from leeway.catalog import Catalog


class World:
    """A model whose ledger is written as the stages would, without data."""

    def __init__(self, catalog: Catalog, name: str) -> None:
        self.catalog, self.name, self.place, self.versions = catalog, name, 0, 0

    def decide(self, action: Action = Action.NONE, kinds: tuple[str, ...] = (), **said: Any) -> Decision:
        """Measure and decide the next day; ``said`` are further fields of the measurement."""
        window = tiny.day(self.place)
        self.place += 1
        calm = signal("calm", flagged=False)
        found = tuple(signal(f"column {n}", kind=kind) for n, kind in enumerate(kinds))
        measured = Measurement(
            model=self.name, window=window, champion=self.champion, status="measured", signals=(*found, calm), **said
        )
        token = self.catalog.take_token(self.name, "m")
        evidence = {"measurement": self.catalog.record(measured, scope="m", token=token)}
        decision = Decision(
            model=self.name, window=window, action=action, reasons=(Reason.QUIET,), sentence="So be it.",
            champion=self.champion, evidence=evidence,
        )  # fmt: skip
        self.append(EntryKind.DECISION, window.end, decision)
        return decision

    def evaluate(
        self, verdict: Verdict, *, request: str = "", reason: Reason = Reason.CONCEPT_DRIFT, registered: bool = True
    ) -> None:
        """Record what came of a retrain as of the last window."""
        challenger = None
        if registered and verdict in (Verdict.PROMOTE, Verdict.AWAIT_APPROVAL):
            self.versions += 1
            challenger = self.versions
            fields = {"model": self.name, "train_key": f"{self.name} {challenger}"}
            self.catalog.add_version(version(challenger, **fields))
        made = Evaluation(
            model=self.name, as_of=self.end, request=request, reasons=(reason,), snapshot="", champion=self.champion,
            challenger=challenger, winner="", metrics={}, verdict=verdict, sentence="It is what it is.",
        )  # fmt: skip
        self.append(EntryKind.EVALUATION, self.end, made)

    def refuse(self) -> None:
        """Let a person reject the challenger that was evaluated last, if there is one."""
        found = [one for one in self.catalog.evaluations(self.name) if one.challenger is not None]
        served = {promotion.to_version for promotion in self.catalog.promotions(self.name)}
        if found and found[-1].challenger not in served:
            change = {"request": f"approval:{found[-1].challenger}", "verdict": Verdict.REJECT, "challenger": None}
            self.append(EntryKind.EVALUATION, found[-1].as_of, found[-1].model_copy(update=change))

    def promote(self, number: int | None = None, kind: PromotionKind = PromotionKind.PROMOTION) -> None:
        """Let a version serve, by default the newest."""
        wanted = number or self.versions
        if 0 < wanted <= self.versions and wanted != self.champion:
            self.catalog.promote(
                model=self.name, kind=kind, from_version=self.champion, to_version=wanted,
                not_before=self.end, reason="It is better.", by="ann", despite_freeze=True,
            )  # fmt: skip

    def freeze(self, *, frozen: bool) -> None:
        """Freeze the model or end that."""
        self.catalog.freeze(self.name, frozen=frozen, not_before=tiny.day(0).start, reason="Audit.", by="ann")

    def append(self, kind: EntryKind, at: datetime, payload: Any) -> None:
        self.catalog.append(self.name, kind, at, payload, expected=self.catalog.last_seq(self.name))

    @property
    def champion(self) -> int | None:
        return self.catalog.champion(self.name)

    @property
    def end(self) -> datetime:
        return tiny.day(max(0, self.place - 1)).end


def served(world: World) -> World:
    """A model with a champion that was promoted after the first day."""
    world.decide()
    world.evaluate(Verdict.PROMOTE)
    world.promote()
    return world
