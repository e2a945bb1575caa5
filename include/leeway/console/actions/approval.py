"""Approve or reject a challenger: the answer to what its run of the promotion DAG asks."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from leeway import aliases
from leeway.console.access import Person, may_answer
from leeway.console.actions.base import TEXT, Action, Asking, Done, Plan, dag_of, onwards
from leeway.console.airflow_api import Question
from leeway.core import Evaluation
from leeway.errors import ActionError, ConflictError
from leeway.outcome import evaluation_of
from leeway.spec import ModelSpec
from leeway.stages.promote import promote, reject
from leeway.workspace import Workspace


class Answer(Action):
    """What a person says of a challenger that waits.

    It answers the run of Airflow that asks, so that Airflow knows who said it. Where no run asks (of a model that was
    frozen when its challenger had passed, none does), it is done at once.
    """

    option: ClassVar[str]
    """What Airflow's own page calls this answer."""
    version: int = Field(ge=1, description="The challenger.")
    comment: str = Field(default="", max_length=TEXT, description="For the ledger.")

    @classmethod
    def forbidden(cls, spec: ModelSpec, user: Person) -> str | None:
        """Whoever may answer what the promotion DAG asks, may."""
        dag = dag_of(spec, "promotion")
        return None if may_answer(user, dag) else f"You may not answer what {dag} asks."

    @classmethod
    def check(cls, ws: Workspace, spec: ModelSpec) -> None:
        """A challenger has to wait."""
        if aliases.waiting(ws, spec.name) is None:
            raise ConflictError("no challenger waits for approval", code="CAT111", model=spec.name)

    def plan(self, ws: Workspace, spec: ModelSpec) -> Plan:
        """What becomes of the challenger, if it is the one that waits."""
        waits = aliases.waiting(ws, spec.name)
        if waits != self.version:
            raise ConflictError(
                f"v{self.version} does not wait for approval", code="CAT111", model=spec.name, do=f"v{waits} does."
            )
        return self.outcome(ws, spec, evaluation_of(ws, spec, self.version))

    async def complete(self, plan: Plan, asking: Asking) -> Plan:
        """A run that works on an earlier answer has to be finished first."""
        await self._questions(asking)
        return plan

    async def carry_out(self, asking: Asking) -> Done:
        """Answer every run that asks about this version; without one, do here what it would do."""
        questions = await self._questions(asking)
        for question in questions:
            await asking.airflow.answer(question, self.option, comment=self.comment)
        if questions:
            run = questions[0].run
            return Done(done=f"{self.said()} The run {run.run_id} carries it out.", dag_run=run)
        await run_in_threadpool(self._record, asking)
        return Done(done=self.said())

    async def _questions(self, asking: Asking) -> list[Question]:
        """The questions about this version.

        Raises:
            ActionError: ACT002 if a run is about it that does not ask yet, or not any more.
        """
        dag = asking.dag("promotion")
        runs = await asking.airflow.unfinished(dag)
        about = [run.run_id for run, conf in runs if str(conf.get("version")) == str(self.version)]
        questions = [found for found in await asking.airflow.questions(dag) if found.run.run_id in about]
        if about and not questions:
            raise ActionError(
                f"the run {about[0]} of {dag} is about to ask, or has its answer already",
                code="ACT002",
                model=asking.spec.name,
                do=f"Wait a moment. If {dag} is paused, unpause it.",
            )
        return questions

    def _record(self, asking: Asking) -> None:
        evaluation = evaluation_of(asking.ws, asking.spec, self.version)
        self.record(asking.ws, asking.spec, evaluation, by=asking.user.get_name())

    @abstractmethod
    def outcome(self, ws: Workspace, spec: ModelSpec, evaluation: Evaluation) -> Plan:
        """What this answer leads to."""

    @abstractmethod
    def record(self, ws: Workspace, spec: ModelSpec, evaluation: Evaluation, *, by: str) -> None:
        """Carry it out without Airflow."""

    @abstractmethod
    def said(self) -> str:
        """What was done, in a sentence."""


class Approve(Answer):
    """Let the challenger serve."""

    name = "approve"
    label = "Approve"
    option = "Approve"

    def outcome(self, ws: Workspace, spec: ModelSpec, evaluation: Evaluation) -> Plan:
        """From when it serves, and what its examination found."""
        champion = ws.catalog.champion(spec.name)
        if evaluation.champion != champion:
            raise ConflictError(
                f"v{self.version} was compared with {_named(evaluation.champion)}, and {_named(champion)} serves now",
                model=spec.name,
                do="Reject it, or ask for a retrain.",
            )
        start = ws.catalog.takes_effect(spec.name, not_before=evaluation.as_of)
        replaces = f"replaces v{champion}" if champion is not None else "is the first champion"
        return Plan(
            title=f"Approve v{self.version} of {spec.name}?",
            sentence=f"v{self.version} {replaces} and scores {onwards(spec, start)}.",
            consequences=tuple(_consequences(ws, spec, evaluation)),
            confirm=f"Approve v{self.version}",
        )

    def record(self, ws: Workspace, spec: ModelSpec, evaluation: Evaluation, *, by: str) -> None:
        """Promote it."""
        promote(ws, spec, evaluation, by=by, comment=self.comment)

    def said(self) -> str:
        """What was done."""
        return f"v{self.version} is approved."


class Reject(Answer):
    """Send the challenger away."""

    name = "reject"
    label = "Reject"
    option = "Reject"

    def outcome(self, ws: Workspace, spec: ModelSpec, evaluation: Evaluation) -> Plan:
        """Who goes on serving."""
        champion = ws.catalog.champion(spec.name)
        stays = f"v{champion} goes on serving." if champion is not None else "Nothing serves, as before."
        return Plan(
            title=f"Reject v{self.version} of {spec.name}?",
            sentence=f"v{self.version} never serves. {stays}",
            consequences=(
                evaluation.sentence,
                f"The version stays in MLflow. Too many rejections in a row ({spec.limits.rejections}) stop further "
                "retrains until a person looks."
                if spec.limits.rejections is not None
                else "The version stays in MLflow.",
            ),
            confirm=f"Reject v{self.version}",
        )

    def record(self, ws: Workspace, spec: ModelSpec, evaluation: Evaluation, *, by: str) -> None:
        """Write the rejection down."""
        reject(ws, spec, evaluation, by=by, comment=self.comment)

    def said(self) -> str:
        """What was done."""
        return f"v{self.version} is rejected."


def _consequences(ws: Workspace, spec: ModelSpec, evaluation: Evaluation) -> list[str]:
    found = [evaluation.sentence]
    if (gain := evaluation.metric_gain) is not None:
        found.append(
            f"On the held-back rows it gains {gain.points:.2f} points of {gain.metric} "
            f"({gain.low:.2f} to {gain.high:.2f} with {gain.confidence:.0%} confidence)."
        )
    found.append("Windows that are scored or decided stay as they are.")
    if ws.catalog.is_frozen(spec.name):
        found.append("The model is frozen, and stays so: only what you approve changes who serves.")
    return found


def _named(version: int | None) -> str:
    return f"v{version}" if version is not None else "no champion"
