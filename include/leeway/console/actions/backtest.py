"""Replay the model's own history under other policies, by a run of the DAG of backtests."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from leeway.backtest import Wish, kept
from leeway.console.access import Person, may_start
from leeway.console.actions.base import Action, Asking, Done, Plan, with_pause
from leeway.errors import BacktestError
from leeway.settings import BACKTEST_DAG
from leeway.spec import ModelSpec
from leeway.workspace import Workspace


class Backtest(Action):
    """Find out which policy would have paid."""

    name = "backtest"
    label = "Backtest"
    starts = "training"
    policies: list[str] = Field(default=[], max_length=20, description="Kinds, or '{kind: every, windows: 4}'.")
    retrain_costs: list[Annotated[float, Field(ge=0)]] = Field(
        default=[], max_length=10, description="Points; the first is the real one."
    )
    since: str | None = Field(default=None, description="No window before this date.")
    until: str | None = Field(default=None, description="No window after this date.")

    @classmethod
    def forbidden(cls, spec: ModelSpec, user: Person) -> str | None:
        """Whoever may train this model and start backtests, may."""
        if (why_not := super().forbidden(spec, user)) is not None:
            return why_not
        return None if may_start(user, BACKTEST_DAG) else f"You may not start runs of {BACKTEST_DAG}."

    @classmethod
    def check(cls, ws: Workspace, spec: ModelSpec) -> None:
        """There has to be enough history."""
        wish = Wish()
        _enough(spec, len(wish.published(ws, spec)), wish)

    def plan(self, ws: Workspace, spec: ModelSpec) -> Plan:
        """What is replayed, under what, and what becomes of the result."""
        wish = self._wish()
        windows = min(len(wish.published(ws, spec)), wish.windows)
        _enough(spec, windows, wish)
        policies, costs = wish.rivals(spec), ", ".join(f"{cost:g}" for cost in wish.costs_for(spec))
        found = ["Nobody is retrained, and nothing in the ledger changes."]
        if (last := kept(ws, spec)) is not None:
            found.append(f"The result takes the place of that of {last.at:%Y-%m-%d %H:%MZ} by {last.by}.")
        if spec.promotion == "auto_after_backtest":
            found.append("If the model's own policy passes at its own cost, its challengers need no approval.")
        return Plan(
            title=f"Backtest {spec.name}?",
            sentence=f"The newest windows with labels, at most {windows}, are replayed under {len(policies)} policies "
            f"({', '.join(policies)}), at {costs} points a retrain.",
            consequences=tuple(found),
            confirm="Start",
        )

    async def complete(self, plan: Plan, asking: Asking) -> Plan:
        """Say whether the run has to wait."""
        return await with_pause(plan, asking, BACKTEST_DAG)

    async def carry_out(self, asking: Asking) -> Done:
        """Start the run."""
        conf = {"model": asking.spec.name, **self.model_dump(mode="json")}
        run = await asking.airflow.start_run(BACKTEST_DAG, conf)
        return Done(done="The backtest has begun; cancel it by marking its run as failed.", dag_run=run)

    def _wish(self) -> Wish:
        return Wish(policies=tuple(self.policies), costs=tuple(self.retrain_costs), since=self.since, until=self.until)


def _enough(spec: ModelSpec, windows: int, wish: Wish) -> None:
    if windows < wish.least:
        raise BacktestError(
            f"{windows} windows cannot be replayed: {wish.warmup} train the first model, and 2 more are needed",
            code="BKT003",
            model=spec.name,
        )
