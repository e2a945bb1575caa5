"""What all actions share: who may, what would happen, doing it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final

from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict

from leeway.console.access import Person, may_start
from leeway.console.airflow_api import AirflowApi, Run
from leeway.errors import LeewayError
from leeway.facts.plain import sentence
from leeway.spec import ModelSpec
from leeway.workspace import Workspace

TEXT: Final = 500
"""Characters of what a person may say to an action."""


@dataclass(frozen=True)
class Asking:
    """Who asks, about which model, and what an answer takes."""

    ws: Workspace
    spec: ModelSpec
    user: Person
    airflow: AirflowApi

    def dag(self, purpose: str) -> str:
        """Id of a DAG of the model."""
        return dag_of(self.spec, purpose)


@dataclass(frozen=True)
class Plan:
    """What would happen.

    Args:
        title: of the question.
        sentence: what will happen, with versions, windows and counts.
        consequences: what follows from it, and what does not; a sentence each.
        confirm: label of the button.
    """

    title: str
    sentence: str
    consequences: tuple[str, ...] = ()
    confirm: str = "OK"


class Preview(BaseModel):
    """What an action would do, for a person to confirm."""

    allowed: bool
    why_not: str | None
    title: str
    sentence: str
    consequences: tuple[str, ...]
    confirm: str


class Done(BaseModel):
    """What was done, and the run of Airflow that goes on with it, if one does."""

    done: str
    dag_run: Run | None = None


class Action(BaseModel, ABC):
    """One thing that a person can do about a model. Its fields are what the request says."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: ClassVar[str]
    label: ClassVar[str]
    starts: ClassVar[str] = "promotion"
    """Purpose of the DAG whose runs the person must be allowed to start."""

    @classmethod
    def forbidden(cls, spec: ModelSpec, user: Person) -> str | None:
        """Why Airflow does not let the person, in a sentence; None if it does."""
        dag = dag_of(spec, cls.starts)
        return None if may_start(user, dag) else f"You may not start runs of {dag}."

    @classmethod
    @abstractmethod
    def check(cls, ws: Workspace, spec: ModelSpec) -> None:
        """Refuse what cannot be done now, whatever the request says in detail.

        Raises:
            LeewayError: saying why.
        """

    @abstractmethod
    def plan(self, ws: Workspace, spec: ModelSpec) -> Plan:
        """What would happen, as far as the catalog knows.

        Raises:
            LeewayError: if just this cannot be done now.
        """

    async def complete(self, plan: Plan, _asking: Asking) -> Plan:
        """Add to the plan what only Airflow knows.

        Raises:
            LeewayError: if Airflow cannot do it now.
        """
        return plan

    @abstractmethod
    async def carry_out(self, asking: Asking) -> Done:
        """Do it.

        Raises:
            LeewayError: if it cannot be done.
        """

    @classmethod
    def why_not(cls, ws: Workspace, spec: ModelSpec, user: Person) -> str | None:
        """Why the person cannot do this now, in a sentence; None if they can."""
        if (why_not := cls.forbidden(spec, user)) is not None:
            return why_not
        try:
            cls.check(ws, spec)
        except LeewayError as error:
            return said(error)
        return None

    async def preview(self, asking: Asking) -> Preview:
        """What would happen if the person confirmed it now."""
        why_not = await run_in_threadpool(self.forbidden, asking.spec, asking.user)
        if why_not is not None:
            return self._refused(why_not)
        try:
            plan = await self._planned(asking)
        except LeewayError as error:
            return self._refused(said(error))
        return Preview(
            allowed=True,
            why_not=None,
            title=plan.title,
            sentence=plan.sentence,
            consequences=plan.consequences,
            confirm=plan.confirm,
        )

    async def perform(self, asking: Asking) -> Done:
        """Do it, if it can be done.

        Raises:
            LeewayError: if not.
        """
        await self._planned(asking)
        return await self.carry_out(asking)

    async def _planned(self, asking: Asking) -> Plan:
        plan = await run_in_threadpool(self._checked, asking)
        return await self.complete(plan, asking)

    def _checked(self, asking: Asking) -> Plan:
        self.check(asking.ws, asking.spec)
        return self.plan(asking.ws, asking.spec)

    def _refused(self, why_not: str) -> Preview:
        return Preview(
            allowed=False, why_not=why_not, title=self.label, sentence="", consequences=(), confirm=self.label
        )


def dag_of(spec: ModelSpec, purpose: str) -> str:
    """Id of a DAG of a model."""
    return f"{spec.name}__{purpose}"


def onwards(spec: ModelSpec, start: datetime) -> str:
    """From when something holds: from a window on, if the schedule has one there."""
    window = spec.schedule.window_at(start)
    if spec.schedule.covers(window):
        return f"from the window {window} on"
    return f"from {start:%Y-%m-%dT%H:%MZ} on (the schedule is over: it has no window there)"


def said(error: LeewayError) -> str:
    """An error as sentences for a person."""
    return " ".join(sentence(part) for part in (error.what, error.do) if part)


async def with_pause(plan: Plan, asking: Asking, dag_id: str) -> Plan:
    """Say it if nothing will happen before somebody unpauses the DAG."""
    if not await asking.airflow.is_paused(dag_id):
        return plan
    waits = f"{dag_id} is paused: nothing happens until somebody unpauses it."
    return replace(plan, consequences=(*plan.consequences, waits))
