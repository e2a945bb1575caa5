"""Let an earlier champion serve again."""

from __future__ import annotations

from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from leeway import aliases, turns
from leeway.console.actions.base import TEXT, Action, Asking, Done, Plan, onwards, with_pause
from leeway.spec import ModelSpec
from leeway.stages.roll_back import target_of
from leeway.workspace import Workspace


class RollBack(Action):
    """Bring an earlier champion back, by a run of the promotion DAG."""

    name = "roll_back"
    label = "Roll back"
    version: int | None = Field(default=None, ge=1, description="The champion to go back to; null: the one before.")
    reason: str = Field(default="", max_length=TEXT, description="For the ledger.")

    @classmethod
    def check(cls, ws: Workspace, spec: ModelSpec) -> None:
        """Something has to have served before."""
        target_of(ws, spec)

    def plan(self, ws: Workspace, spec: ModelSpec) -> Plan:
        """Which version returns, from which window on, and who goes."""
        target, champion = target_of(ws, spec, self.version), ws.catalog.champion(spec.name)
        start = ws.catalog.takes_effect(spec.name, not_before=spec.schedule.first.start)
        return Plan(
            title=f"Roll {spec.name} back to v{target}?",
            sentence=f"v{target} returns and scores {onwards(spec, start)}; v{champion} serves no longer.",
            consequences=tuple(_consequences(ws, spec, champion)),
            confirm=f"Roll back to v{target}",
        )

    async def complete(self, plan: Plan, asking: Asking) -> Plan:
        """Say whether the run has to wait."""
        return await with_pause(plan, asking, asking.dag("promotion"))

    async def carry_out(self, asking: Asking) -> Done:
        """Start the run; it is told the version that the person was shown, also if that is the one before."""
        target = await run_in_threadpool(target_of, asking.ws, asking.spec, self.version)
        conf = {"action": "roll_back", "version": target, "reason": self.reason}
        run = await asking.airflow.start_run(asking.dag("promotion"), conf, note=self.reason)
        return Done(done=f"The roll back to v{target} has begun.", dag_run=run)


def _consequences(ws: Workspace, spec: ModelSpec, champion: int | None) -> list[str]:
    found = ["Its files are loaded and checked before anything changes.", "Windows that are scored stay as they are."]
    if (waits := aliases.waiting(ws, spec.name)) is not None:
        found.append(
            f"v{waits}, which waits for approval, was compared with v{champion}: it can only be rejected then."
        )
    if (head := ws.catalog.head(spec.name)) is not None:
        order = turns.open_order(ws.catalog, spec, spec.schedule.after(head))
        if order is not None:
            found.append(f"{str(order).capitalize()} goes on." if order.trains else f"It takes the place of {order}.")
    if ws.catalog.is_frozen(spec.name):
        found.append("The model is frozen, and stays so.")
    return found
