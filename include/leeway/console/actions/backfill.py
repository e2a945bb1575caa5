"""Run windows of the past, by a backfill of the monitoring DAG; docs/backfills.md says what that does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from leeway.console.actions.base import Action, Asking, Done, Plan, with_pause
from leeway.console.airflow_api import BackfillRange
from leeway.core import Window
from leeway.errors import ActionError
from leeway.spec import ModelSpec
from leeway.workspace import Workspace


class Backfill(Action):
    """Run the windows that begin on the days from ``since`` to ``until``, both included."""

    name = "backfill"
    label = "Backfill"
    starts = "monitoring"
    since: date | None = Field(default=None, description="First day, in the model's time zone; null: of its schedule.")
    until: date | None = Field(default=None, description="Last day; null: today.")
    reprocess: Literal["none", "failed", "completed"] = Field(
        default="none", description="Which windows that have a run already are run again."
    )

    @classmethod
    def check(cls, _ws: Workspace, spec: ModelSpec) -> None:
        """A window has to be over."""
        first = spec.schedule.first
        if first.end > datetime.now(UTC):
            raise ActionError(f"the first window, {first}, is not over yet", code="ACT003", model=spec.name)

    def plan(self, ws: Workspace, spec: ModelSpec) -> Plan:
        """How many windows, and what happens to each kind of them."""
        return self._told(ws, spec, self._windows(spec))

    async def complete(self, plan: Plan, asking: Asking) -> Plan:
        """Leave out the windows that Airflow does not run again; refuse a second backfill."""
        dag = asking.dag("monitoring")
        if await asking.airflow.is_backfilled(dag):
            raise ActionError(
                f"a backfill of {dag} is not finished, and Airflow allows one at a time",
                code="ACT004",
                model=asking.spec.name,
                do="Wait for it, or cancel it on the DAG's page. A finished one counts for about 30 seconds more.",
            )
        windows = await run_in_threadpool(self._windows, asking.spec)
        runs = set(await asking.airflow.backfilled(self._range(asking, windows)))
        left = [window for window in windows if window.start in runs]
        if not left:
            raise ActionError(
                f"{_count(len(windows))} there, and each has a run already",
                code="ACT003",
                model=asking.spec.name,
                do="Choose to run them again: those that failed, or also those that are complete.",
            )
        plan = await run_in_threadpool(self._told, asking.ws, asking.spec, left)
        if skipped := len(windows) - len(left):
            plan = replace(plan, consequences=(*plan.consequences, f"{_count(skipped)} with a run are left alone."))
        return await with_pause(plan, asking, dag)

    async def carry_out(self, asking: Asking) -> Done:
        """Start it."""
        asked = self._range(asking, await run_in_threadpool(self._windows, asking.spec))
        return Done(done=f"A backfill of {_count(await asking.airflow.backfill(asked))} has begun.")

    def _windows(self, spec: ModelSpec) -> list[Window]:
        """The windows of the schedule that begin on these days and are over.

        Raises:
            ActionError: ACT003 if there are none.
        """
        zone, now = spec.schedule.zone, datetime.now(UTC)
        begin = datetime.combine(self.since, time(), zone) if self.since is not None else spec.schedule.first.start
        end = datetime.combine(self.until + timedelta(days=1), time(), zone) if self.until is not None else now
        found = [w for w in spec.schedule.between(begin, min(end, now)) if begin <= w.start and w.end < now]
        if not found:
            raise ActionError(
                "no window that is over begins on these days",
                code="ACT003",
                model=spec.name,
                do=f"The first one is {spec.schedule.first}, the newest {spec.schedule.newest_complete(now)}.",
            )
        return found

    def _range(self, asking: Asking, windows: list[Window]) -> BackfillRange:
        return BackfillRange(asking.dag("monitoring"), windows[0].start, windows[-1].start, self.reprocess)

    def _told(self, ws: Workspace, spec: ModelSpec, windows: list[Window]) -> Plan:
        count, span = _count(len(windows)), f"{windows[0].start:%Y-%m-%dT%H:%MZ} to {windows[-1].end:%Y-%m-%dT%H:%MZ}"
        return Plan(
            title=f"Backfill {spec.name}?",
            sentence=f"{count} of {spec.name} {'is' if len(windows) == 1 else 'are'} run, from {span}.",
            consequences=tuple(_consequences(ws, spec, windows)),
            confirm=f"Run {count}",
        )


def _consequences(ws: Workspace, spec: ModelSpec, windows: list[Window]) -> Iterator[str]:
    """What the backfill contract says about each kind of windows."""
    decided = {decision.window for decision in ws.catalog.decisions(spec.name, since=windows[0].start)}
    head = ws.catalog.head(spec.name)
    later = [window for window in windows if head is None or head < window]
    again = sum(window in decided for window in windows)
    missed = len(windows) - len(later) - again
    if later:
        yield (
            f"{_count(len(later))} after the last decided one: scored, decided, retrained and promoted as the schedule "
            "would have done it, one after another."
        )
        if head is not None and later[0] != spec.schedule.after(head):
            yield "The windows between the last decided one and these are done first: history has no holes."
    if again:
        yield (
            f"{_count(again)} decided already: measured again with what is known now. No decision, promotion or alert "
            "of theirs changes."
        )
    if missed:
        yield f"{_count(missed)} passed over before the last decided one: measured only, and marked so."


def _count(number: int) -> str:
    return "1 window" if number == 1 else f"{number} windows"
