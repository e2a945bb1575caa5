"""From what Airflow knows of a run to what a stage needs: the window, the name of the person, whether to try again."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from airflow.sdk.exceptions import AirflowFailException

from leeway.core import Window
from leeway.errors import (
    CatalogError,
    LeewayError,
    SourceError,
    SpecError,
    StoreError,
    TrackingError,
    TurnError,
)
from leeway.spec import ModelSpec, parse_window

if TYPE_CHECKING:
    from airflow.sdk import Context

P = ParamSpec("P")
R = TypeVar("R")
log = logging.getLogger(__name__)


def window_of(spec: ModelSpec, context: Context) -> Window:
    """The window a monitoring run is about.

    That is the run's data interval; in a run triggered by hand, the window that contains the moment given as ``window`` in
    its configuration, else the newest complete one.

    Raises:
        SpecError: if ``window`` is not a date or time, or the schedule has no window there.
    """
    asked = (context.get("params") or {}).get("window")
    if asked:
        window = parse_window(spec, asked)
    elif context.get("data_interval_start") and context["data_interval_start"] != context["data_interval_end"]:
        start, end = context["data_interval_start"], context["data_interval_end"]
        window = Window(start=datetime.fromisoformat(str(start)), end=datetime.fromisoformat(str(end)))
    else:
        window = spec.schedule.before(spec.schedule.window_at(datetime.now(UTC)))
    if not spec.schedule.knows(window):
        raise SpecError(
            f"the schedule has no window {window}", code="SPEC055", model=spec.name,
            do=f"The first is {spec.schedule.first}.",
        )  # fmt: skip
    return window


def user_of(dag_run: Any) -> str:
    """The person who started a run, or 'schedule'."""
    return getattr(dag_run, "triggering_user_name", None) or "schedule"


def explains(function: Callable[P, R]) -> Callable[P, R]:
    """Let a task fail with leeway's own message, and at once where trying again cannot help."""

    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except LeewayError as error:
            if may_pass(error):
                raise
            log.error("%s", error)  # noqa: TRY400 - the message says it all, a traceback would not help
            raise AirflowFailException(str(error)) from None

    return wrapped


def may_pass(error: LeewayError) -> bool:
    """Whether trying again may help: something was unreachable, busy, or not there yet."""
    if isinstance(error, SourceError):
        return error.transient or error.code == "SRC110"
    return isinstance(error, (CatalogError, StoreError, TrackingError, TurnError))


def on_failure(context: Context) -> None:
    """Say in one line which model and window failed, and where to look."""
    task = context["ti"]
    log.error("leeway: task %s of run %s failed: %s", task.task_id, task.run_id, _first_line(context))


def _first_line(context: Mapping[str, Any]) -> str:
    return str(context.get("exception") or "unknown reason").splitlines()[0]
