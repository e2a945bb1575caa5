"""Leave a model as it is, and let it go on."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime

from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from leeway import core
from leeway.console.actions.base import TEXT, Action, Asking, Done, Plan, onwards
from leeway.core import Reason
from leeway.errors import ActionError
from leeway.spec import ModelSpec
from leeway.stages import freeze as stage
from leeway.workspace import Workspace


class Word(Action):
    """A person's word on whether the policy may act. It needs no run: it is written into the ledger at once."""

    reason: str = Field(default="", max_length=TEXT, description="For the ledger.")

    async def carry_out(self, asking: Asking) -> Done:
        """Write it down, under the person's name."""
        said = await run_in_threadpool(self._say, asking)
        state = "frozen" if said.frozen else "not frozen"
        return Done(done=f"{said.model} is {state}, {onwards(asking.spec, said.effective_from)}.")

    def _say(self, asking: Asking) -> core.Freeze:
        return self.say(asking.ws, asking.spec, by=asking.user.get_name())

    @abstractmethod
    def say(self, ws: Workspace, spec: ModelSpec, *, by: str) -> core.Freeze:
        """Write it down."""


class Freeze(Word):
    """Leave the model as it is."""

    name = "freeze"
    label = "Freeze"

    @classmethod
    def check(cls, ws: Workspace, spec: ModelSpec) -> None:
        """It must not be frozen yet."""
        last = ws.catalog.frozen(spec.name)
        if last is not None and last.frozen:
            raise ActionError(f"it is frozen already, by {last.by}: {last.reason}", code="ACT001", model=spec.name)

    def plan(self, ws: Workspace, spec: ModelSpec) -> Plan:
        """From when, and what goes on."""
        champion = ws.catalog.champion(spec.name)
        serves = f"v{champion} goes on scoring" if champion is not None else "Windows are still read"
        return Plan(
            title=f"Freeze {spec.name}?",
            sentence=f"{serves}, and nothing is retrained, recalibrated, promoted or rolled back by itself, "
            f"{onwards(spec, _next(ws, spec))}.",
            consequences=(
                "Windows are measured and judged as before, and each decision says what the policy would have done.",
                "A training that is at work goes on; its challenger then waits for a person.",
                "A person can still approve, roll back, and ask for a retrain.",
            ),
            confirm="Freeze",
        )

    def say(self, ws: Workspace, spec: ModelSpec, *, by: str) -> core.Freeze:
        """Write it down."""
        return stage.freeze(ws, spec, by=by, reason=self.reason)


class Unfreeze(Word):
    """Let the policy act again."""

    name = "unfreeze"
    label = "Unfreeze"

    @classmethod
    def check(cls, ws: Workspace, spec: ModelSpec) -> None:
        """It has to be frozen, or stopped by rejections: to unfreeze is also to say that a person has looked."""
        if not ws.catalog.is_frozen(spec.name) and not _stopped(ws, spec):
            raise ActionError("the model is not frozen", code="ACT001", model=spec.name)

    def plan(self, ws: Workspace, spec: ModelSpec) -> Plan:
        """From when the policy acts again, and on what."""
        found = ["Challengers that were rejected so far no longer count towards the limit that stops retrains."]
        if (frozen := ws.catalog.frozen(spec.name)) is not None and frozen.frozen:
            found.insert(0, f"It was frozen by {frozen.by}: {frozen.reason}")
        return Plan(
            title=f"Unfreeze {spec.name}?",
            sentence="The policy acts again: it may retrain, recalibrate, promote and roll back, "
            f"{onwards(spec, _next(ws, spec))}.",
            consequences=tuple(found),
            confirm="Unfreeze",
        )

    def say(self, ws: Workspace, spec: ModelSpec, *, by: str) -> core.Freeze:
        """Write it down."""
        return stage.unfreeze(ws, spec, by=by, reason=self.reason)


def _stopped(ws: Workspace, spec: ModelSpec) -> bool:
    """Whether the last decision was held back because too many challengers in a row were rejected."""
    head = ws.catalog.head(spec.name)
    decision = ws.catalog.decision(spec.name, head) if head is not None else None
    return decision is not None and Reason.REJECTIONS in decision.reasons


def _next(ws: Workspace, spec: ModelSpec) -> datetime:
    """The start of the first window that is not decided."""
    head = ws.catalog.head(spec.name)
    return spec.schedule.first.start if head is None else head.end
