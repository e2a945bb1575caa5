"""Runs DAGs as Airflow does: its scheduling, its task runner and its Execution API, in one process and without waiting.

``dag.test()`` does the same but only makes manual runs, deletes runs without a logical date that others made, waits for
ever for people, and sleeps out every retry. Here a run has the type, interval and configuration that a scheduler would
give it, goes on until it is finished or would have to wait, and people and time limits answer when told to.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.dag_processing.bundles.manager import DagBundlesManager
from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db
from airflow.jobs.job import Job
from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
from airflow.models import DagRun
from airflow.models.backfill import Backfill, BackfillDagRun
from airflow.models.hitl import HITLDetail
from airflow.models.taskinstance import TaskInstance
from airflow.models.xcom import XComModel
from airflow.sdk.definitions.dag import _run_task
from airflow.serialization.serialized_objects import DagSerialization
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState, TaskInstanceState
from airflow.utils.types import DagRunTriggeredByType, DagRunType
from sqlalchemy import delete, select

if TYPE_CHECKING:
    from pathlib import Path

    from airflow.sdk import DAG

    from leeway.core import Window


class Airflow:
    """The DAGs of a folder, known to Airflow's database."""

    bundle = "dags-folder"

    def __init__(self, folder: Path) -> None:
        self.bag = DagBag(folder)
        DagBundlesManager().sync_bundles_to_db()
        sync_bag_to_db(self.bag, self.bundle, None)

    def dag(self, dag_id: str) -> DAG:
        """A DAG as its file builds it."""
        return self.bag.dags[dag_id]

    def scheduled(self, dag_id: str, window: Window, kind: str = "scheduled") -> Run:
        """Make the run of a window, as the schedule or a backfill does."""
        interval = (window.start, window.end)
        return self._create(dag_id, f"{kind}__{window.key}", kind, logical_date=window.start, interval=interval)

    def by_hand(self, dag_id: str, conf: dict[str, Any] | None = None, *, at: datetime | None = None) -> Run:
        """Make a run as a person does in Airflow's page; ``at`` is the logical date, if one is given."""
        interval = None
        if at is not None:
            interval = self._scheduler_dag(dag_id).timetable.infer_manual_data_interval(run_after=_pendulum(at))
        run_id = f"manual__{datetime.now(UTC).isoformat()}"
        return self._create(dag_id, run_id, "manual", logical_date=at, interval=interval, conf=conf)

    def queued(self, dag_id: str) -> list[Run]:
        """Runs that other runs have asked for and that nobody has started."""
        with create_session() as session:
            found = select(DagRun.run_id).where(DagRun.dag_id == dag_id, DagRun.state == DagRunState.QUEUED)
            return [Run(self, dag_id, run_id) for run_id in session.scalars(found)]

    def forget_runs(self) -> None:
        """Delete all runs and backfills."""
        with create_session() as session:
            for table in (XComModel, TaskInstance, BackfillDagRun, DagRun, Backfill):
                session.execute(delete(table))

    def _scheduler_dag(self, dag_id: str) -> Any:
        return DagSerialization.from_dict(DagSerialization.to_dict(self.dag(dag_id)))

    def _create(
        self, dag_id: str, run_id: str, kind: str, *, logical_date: Any, interval: Any, conf: Any = None
    ) -> Run:
        with create_session() as session:
            self._scheduler_dag(dag_id).create_dagrun(
                run_id=run_id,
                logical_date=_pendulum(logical_date),
                data_interval=interval,
                run_after=_pendulum(interval[1] if interval else datetime.now(UTC)),
                conf=conf,
                run_type=DagRunType(kind),
                state=DagRunState.QUEUED,
                triggered_by=DagRunTriggeredByType.TEST,
                triggering_user_name="ann" if kind == "manual" else None,
                start_date=None,
                session=session,
            )
        return Run(self, dag_id, run_id)


class Run:
    """One run of a DAG."""

    def __init__(self, airflow: Airflow, dag_id: str, run_id: str) -> None:
        self.airflow, self.dag_id, self.run_id = airflow, dag_id, run_id

    def go(self) -> Run:
        """Execute what can be executed now, until the run is finished or has to wait."""
        dag = self.airflow.dag(self.dag_id)
        with create_session() as session:
            run = self._row(session)
            run.dag = self.airflow._scheduler_dag(self.dag_id)
            run.state = DagRunState.RUNNING
            run.start_date = datetime.now(UTC)
            before = None
            while run.state == DagRunState.RUNNING and before != (before := self.states):
                session.expire_all()
                ready, _ = run.update_state(session=session)
                for ti in ready:
                    ti.try_number += 1
                    ti.state = TaskInstanceState.SCHEDULED
                session.commit()
                for ti in run.get_task_instances(session=session):
                    if ti.state == TaskInstanceState.SCHEDULED:
                        _run_task(ti=ti, task=dag.task_dict[ti.task_id])
        return self

    @property
    def state(self) -> str:
        """The run's state: success, failed, or running if it waits for something."""
        with create_session() as session:
            return str(self._row(session).state)

    @property
    def states(self) -> dict[str, str]:
        """The state of every task; of a mapped task that of its last part."""
        with create_session() as session:
            return {ti.task_id: str(ti.state) for ti in self._row(session).get_task_instances(session=session)}

    @property
    def conf(self) -> dict[str, Any]:
        """What the run was asked for."""
        with create_session() as session:
            return dict(self._row(session).conf)

    def clear(self, *task_ids: str) -> Run:
        """Clear tasks, as a person does in Airflow's page."""
        with create_session() as session:
            self.airflow._scheduler_dag(self.dag_id).clear(run_id=self.run_id, task_ids=list(task_ids), session=session)
        return self

    def answer(self, option: str, *, user: str) -> Run:
        """Answer the question that the run waits for, as Airflow's API does."""
        from airflow.models.trigger import handle_event_submit
        from airflow.triggers.base import TriggerEvent

        with create_session() as session:
            ti, detail = self._waiting(session)
            detail.responded_by = {"id": f"id of {user}", "name": user}
            detail.responded_at = datetime.now(UTC)
            detail.chosen_options = [option]
            handle_event_submit(TriggerEvent(detail.as_resume_event_payload()), task_instance=ti, session=session)
        return self

    def run_out_of_time(self) -> Run:
        """Let the time to answer be over, and the scheduler see that."""
        with create_session() as session:
            self._waiting(session)[0].trigger_timeout = datetime.now(UTC) - timedelta(seconds=1)
        SchedulerJobRunner(Job()).check_awaiting_input_timeouts()
        return self

    def question(self) -> str:
        """What the run asks."""
        with create_session() as session:
            detail = self._waiting(session)[1]
            return f"{detail.subject}\n{detail.body}"

    def _waiting(self, session: Any) -> tuple[Any, Any]:
        found = self._row(session).get_task_instances(session=session)
        (ti,) = (ti for ti in found if ti.state == TaskInstanceState.AWAITING_INPUT)
        return ti, session.get(HITLDetail, ti.id)

    def _row(self, session: Any) -> Any:
        return session.scalar(select(DagRun).where(DagRun.dag_id == self.dag_id, DagRun.run_id == self.run_id))


def _pendulum(moment: datetime | None) -> Any:
    from airflow.sdk import timezone

    return timezone.coerce_datetime(moment)
