"""From what Airflow knows of a run to what a stage needs: the window, the name of the person, whether to try again."""

from __future__ import annotations

import functools
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from airflow.sdk.exceptions import AirflowFailException

from leeway.core import Window
from leeway.errors import (
    CatalogError,
    CorruptionError,
    LeewayError,
    SourceError,
    SpecError,
    StoreError,
    TrackingError,
    TurnError,
)
from leeway.spec import parse_window

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.sdk import Context

    from leeway.spec import ModelSpec

P = ParamSpec("P")
R = TypeVar("R")
log = logging.getLogger(__name__)


def window_of(spec: ModelSpec, context: Context) -> Window:
    """The window a monitoring run is about.

    That is the run's data interval. In a run triggered by hand it is the window that contains the moment given as
    ``window`` in its configuration, else the newest one that was complete at the run's logical date.

    Raises:
        SpecError: if ``window`` is not a date or time, or the schedule has no window there.
    """
    asked = context["params"].get("window")
    if asked:
        window = parse_window(spec, asked)
    elif context["dag_run"].run_type == "manual":
        window = spec.schedule.newest_complete(_plain(context.get("logical_date") or datetime.now(UTC)))
    else:
        start, end = context["data_interval_start"], context["data_interval_end"]
        assert start is not None, "a run of a timetable of intervals has one"
        assert end is not None
        window = Window(start=_plain(start), end=_plain(end))
    if not spec.schedule.knows(window):
        raise SpecError(
            f"the schedule has no window {window}", code="SPEC055", model=spec.name,
            do=f"The first is {spec.schedule.first}.",
        )  # fmt: skip
    return window


def _plain(moment: datetime) -> datetime:
    """A time of Airflow, whose classes print themselves in ways of their own."""
    return datetime.fromtimestamp(moment.timestamp(), UTC)


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
            log.error("%s", error)  # The message says it all: a traceback would not help.
            raise AirflowFailException(str(error)) from None

    return wrapped


def may_pass(error: LeewayError) -> bool:
    """Whether trying again may help: something was unreachable, busy, or not there yet."""
    if isinstance(error, SourceError):
        return error.transient or error.missing
    if isinstance(error, CorruptionError):
        return False
    return isinstance(error, (CatalogError, StoreError, TrackingError, TurnError))
