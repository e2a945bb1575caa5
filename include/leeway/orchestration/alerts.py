"""Airflow's callbacks that tell people: after a task that may have news, after one that failed, and at a deadline.

A task's callbacks run in its own process when it has ended, so a model's DAGs need no further task, and nothing that
goes wrong here can make a task fail. For a task whose process was killed they run in the DAG processor.
"""

from __future__ import annotations

import asyncio
import logging
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from airflow.sdk import BaseNotifier
from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from leeway.core import duration
from leeway.errors import LeewayError
from leeway.settings import settings
from leeway.spec import find_spec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leeway.alerts.base import Event
    from leeway.core import Window
    from leeway.spec import ModelSpec

log = logging.getLogger(__name__)
PURPOSES: Final = ("monitoring", "training", "promotion")
"""Of the DAGs of a model, as their names end."""
_CREDENTIALS = re.compile(r"//[^/@\s]*@")


class Tell(BaseNotifier):
    """Tells what is new about the model that a DAG belongs to."""

    def notify(self, context: Any) -> None:
        """Tell, from a task's callback."""
        tell_news(_dag_of(context))

    async def async_notify(self, context: Any) -> None:
        """Tell, from the triggerer, whose other work goes on meanwhile."""
        await asyncio.to_thread(self.notify, context)


class TellFailure(Tell):
    """Tells that a task failed, and what else is new."""

    def notify(self, context: Any) -> None:
        """Tell, from a task's callback."""
        tell_news(_dag_of(context), context)


TELL: Final = Tell()
"""One for all tasks of all models: whose it is, the run says."""
TELL_FAILURE: Final = TellFailure()


def deadline(spec: ModelSpec) -> DeadlineAlert | None:
    """When Airflow looks whether a run of the monitoring DAG is late; None if nobody wants to be told.

    By the triggerer, since not every executor runs callbacks. It only wakes up: whether the model is late, and whether
    that was told, is judged as everywhere (`leeway.telling.lateness`).
    """
    if not spec.alerts.to or spec.alerts.late_after is None:
        return None
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=duration(spec.alerts.late_after),
        callback=AsyncCallback(Tell),
    )


def tell_news(dag_id: str, failed: Any = None) -> None:
    """Tell what is new about a model.

    Args:
        dag_id: any of its DAGs.
        failed: Airflow's context of a task that failed, if one did.
    """
    from leeway.telling import tell
    from leeway.workspace import Workspace

    name, _, purpose = dag_id.rpartition("__")
    if purpose not in PURPOSES:  # leeway's own DAGs are about no one model
        return
    try:
        spec = find_spec(settings().models, name)
        if spec.alerts.to:
            events = _failures(spec, failed) if failed is not None else ()
            tell(Workspace.open(), spec, events, page=page_url())
    except LeewayError as error:
        log.warning("nobody was told: %s", error)  # The next one that notices tells it.


def page_url() -> str:
    """Where people reach Airflow's page."""
    from airflow.sdk.configuration import conf

    return str(conf.get("api", "base_url", fallback="http://localhost:8080")).rstrip("/")


def _failures(spec: ModelSpec, context: Mapping[str, Any]) -> tuple[Event, ...]:
    """The event of a task that failed, unless its window is history: a backfill alerts nobody."""
    from leeway.alerts.base import Event, Phase, Severity, Topic
    from leeway.telling.tell import is_history

    ti, now = context["ti"], datetime.now(UTC)
    purpose = ti.dag_id.rpartition("__")[2]
    window = _window(spec, purpose, context)
    if window is not None and is_history(spec, window, now) and not spec.alerts.replays:
        return ()
    event = Event(
        model=spec.name,
        topic=Topic.TRAINING if purpose == "training" else Topic.MONITORING,
        phase=Phase.HAPPENED if purpose == "promotion" else Phase.BEGAN,
        severity=Severity.WARNING,
        subject=f"{ti.dag_id}/{ti.run_id}/{ti.task_id}",
        title=f"task {ti.task_id} of {ti.dag_id} failed",
        sentence=_why(context.get("exception")),
        window=window,
        at=now,
    )
    return (event,)


def _window(spec: ModelSpec, purpose: str, context: Mapping[str, Any]) -> Window | None:
    """The window that a run is about, as far as it says."""
    from leeway.orchestration.context import window_of
    from leeway.spec import parse_window

    try:
        if purpose == "monitoring":
            return window_of(spec, context)  # type: ignore[arg-type]
        as_of = context["params"].get("as_of") if purpose == "training" else None
        return spec.schedule.before(parse_window(spec, as_of)) if as_of else None
    except (LeewayError, KeyError):
        return None


def _why(exception: object) -> str:
    """The first line of what went wrong; a URL in it is told without its password."""
    text = str(exception or "It gave no reason; see its log.").splitlines()[0]
    return _CREDENTIALS.sub("//***@", text)


def _dag_of(context: Mapping[str, Any]) -> str:
    """The DAG of a run, which a deadline has as JSON."""
    if "ti" in context:
        return str(context["ti"].dag_id)
    return str(context["dag_run"]["dag_id"])
