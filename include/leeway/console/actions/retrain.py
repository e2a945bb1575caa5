"""Ask for a retrain."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pydantic import Field

from leeway import turns
from leeway.clearance import cleared, needs_clearance
from leeway.console.actions.base import TEXT, Action, Asking, Done, Plan, with_pause
from leeway.core import Evaluation, Verdict
from leeway.outcome import as_of
from leeway.spec import ModelSpec
from leeway.workspace import Workspace

_TOLD = 5
"""Newest retrains that are told: what they brought is the best guess of what this one may."""


class Retrain(Action):
    """Train and examine a challenger now, by a run of the training DAG."""

    name = "retrain"
    label = "Retrain"
    starts = "training"
    why: str = Field(default="", max_length=TEXT, description="For people; shown with the run.")

    @classmethod
    def check(cls, ws: Workspace, spec: ModelSpec) -> None:
        """Something has to be decided: a training uses what was known at the end of a decided window."""
        as_of(ws, spec, None)

    def plan(self, ws: Workspace, spec: ModelSpec) -> Plan:
        """What is trained on, whom it has to beat, and what earlier retrains brought."""
        until, champion = as_of(ws, spec, None), ws.catalog.champion(spec.name)
        rival = f"v{champion}" if champion is not None else "the trivial baseline"
        count = len(spec.training.trainers)
        trainers = "1 trainer learns" if count == 1 else f"{count} trainers learn"
        return Plan(
            title=f"Retrain {spec.name}?",
            sentence=f"{trainers} from what was known at {until:%Y-%m-%dT%H:%MZ}, and the best candidate is held "
            f"against {rival} on rows that it has not seen. {_then(ws, spec)}",
            consequences=tuple(_consequences(ws, spec, until)),
            confirm="Retrain",
        )

    async def complete(self, plan: Plan, asking: Asking) -> Plan:
        """Say whether the run has to wait."""
        return await with_pause(plan, asking, asking.dag("training"))

    async def carry_out(self, asking: Asking) -> Done:
        """Start the run."""
        conf = {"reasons": ["requested"], "why": self.why}
        run = await asking.airflow.start_run(asking.dag("training"), conf, note=self.why)
        return Done(done="The retrain has begun.", dag_run=run)


def _then(ws: Workspace, spec: ModelSpec) -> str:
    """What becomes of a challenger that passes the gates."""
    count = len(spec.gates)
    passes = f"If it passes {'the gate' if count == 1 else f'all {count} gates'}"
    asks = spec.promotion == "approval" or (needs_clearance(spec) and not cleared(ws, spec))
    if ws.catalog.is_frozen(spec.name):
        return f"{passes}, it waits for a person: the model is frozen."
    return f"{passes}, {'a person is asked' if asks else 'it serves at once'}."


def _consequences(ws: Workspace, spec: ModelSpec, until: datetime) -> Iterator[str]:
    if ws.catalog.champion(spec.name) is not None:
        yield f"If it does not, v{ws.catalog.champion(spec.name)} stays."
    order = turns.open_order(ws.catalog, spec, spec.schedule.window_at(until))
    if order is not None and order.trains:
        yield f"{str(order).capitalize()} is not finished: trainings of a model are done one after another."
    yield from _experience(spec, [found for found in ws.catalog.evaluations(spec.name) if found.candidates])
    yield f"A retrain is counted as {spec.retrain_cost:g} points of {spec.metric}."


def _experience(spec: ModelSpec, retrains: list[Evaluation]) -> Iterator[str]:
    """What the newest retrains brought."""
    newest = retrains[-_TOLD:]
    if not newest:
        return
    passed = sum(found.verdict in (Verdict.PROMOTE, Verdict.AWAIT_APPROVAL) for found in newest)
    yield f"Of the last {len(newest)} retrains {passed} passed the gates."
    gains = [found.points for found in newest if found.points is not None]
    if gains:
        mean = sum(gains) / len(gains)
        yield f"On held-back rows their challengers gained {mean:+.2f} points of {spec.metric} on average."
