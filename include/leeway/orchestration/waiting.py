"""In what order runs may work: each waits for the windows before it, and for what these asked for.

Airflow starts runs in any order and any number at a time (a backfill ignores ``max_active_runs``). So a run that is too
early waits, holding no worker for long, while somebody works on what it waits for; and if nobody does (the run
failed, was deleted, or comes later as the backfill runs backwards), it does that work itself by the same functions.
"""

from __future__ import annotations

import itertools
import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from airflow.sdk.exceptions import AirflowRescheduleException

from leeway import turns

if TYPE_CHECKING:
    from collections.abc import Callable

    from leeway.core import Window
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

AT_WORK = ["running", "restarting"]
UNFINISHED = ["queued", "running", "restarting"]
ASKED_ABOUT = 50
"""Oldest and newest windows in line that Airflow is asked about: a request has no room for thousands."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Patience:
    """How a task waits.

    Args:
        seconds: how long it looks again by itself before it gives its worker back.
        look_again: seconds between two looks into the catalog.
        ask_again: looks after which Airflow is asked again whether somebody works; asking costs its server more.
        pause: how long it then stays away. Airflow's LocalExecutor can mistake a much shorter one for a failed try.
    """

    seconds: float = 45.0
    look_again: float = 0.5
    ask_again: int = 10
    pause: timedelta = timedelta(seconds=10)


PATIENCE = Patience()


class Runs(Protocol):
    """Airflow's runs; in a task, its task instance knows them."""

    def get_dr_count(
        self,
        dag_id: str,
        logical_dates: list[datetime] | None = None,
        run_ids: list[str] | None = None,
        states: list[str] | None = None,
    ) -> int:
        """How many runs of a DAG there are with one of these logical dates or ids, in one of these states."""
        ...


def run_id_of(window: Window) -> str:
    """The run of the training DAG that a window's decision starts: one per window."""
    return f"retrain__{window.key}"


def wait_for_rows(ws: Workspace, spec: ModelSpec, window: Window, *, runs: Runs, patience: Patience = PATIENCE) -> None:
    """Return when the rows of all windows before ``window`` are there: then its own may be ingested.

    Raises:
        AirflowRescheduleException: as `wait_for_turn`.
    """
    _wait(ws, spec, window, runs, patience, waits=lambda: any(turns.undelivered(ws.catalog, spec, window)))


def wait_for_turn(ws: Workspace, spec: ModelSpec, window: Window, *, runs: Runs, patience: Patience = PATIENCE) -> None:
    """Return when everything before ``window`` is finished: then it may be scored, measured and decided.

    Args:
        ws: the workspace.
        spec: the model.
        window: the window whose turn it should be.
        runs: Airflow's runs.
        patience: how long to look before the worker is given back.

    Raises:
        AirflowRescheduleException: if that takes longer; Airflow then starts the task again a little later.
    """
    _wait(ws, spec, window, runs, patience, waits=lambda: _too_early(ws, spec, window))


def _wait(
    ws: Workspace,
    spec: ModelSpec,
    window: Window,
    runs: Runs,
    patience: Patience,
    *,
    waits: Callable[[], bool],
) -> None:
    given_up = time.monotonic() + patience.seconds
    for look in itertools.count():
        if not waits():
            return
        if look % patience.ask_again == 0 and not _somebody_works(ws, spec, window, runs):
            log.info("nobody works on what comes before %s: doing it here", window)
            from leeway.replay import catch_up

            catch_up(ws, spec, window)
            return
        if time.monotonic() >= given_up:
            raise AirflowRescheduleException(datetime.now(UTC) + patience.pause)  # type: ignore[no-untyped-call]
        time.sleep(patience.look_again)


def _too_early(ws: Workspace, spec: ModelSpec, window: Window) -> bool:
    waits_for_window = next(turns.undecided(ws.catalog, spec, window), None) is not None
    return waits_for_window or turns.open_order(ws.catalog, spec, window) is not None


def _somebody_works(ws: Workspace, spec: ModelSpec, window: Window, runs: Runs) -> bool:
    """Whether a run of Airflow is busy with an undecided earlier window or with what one asked for."""
    earlier = [found.start for found in turns.undecided(ws.catalog, spec, window)]
    order = turns.open_order(ws.catalog, spec, window)
    if order is not None:
        training, run = f"{spec.name}__training", run_id_of(order.window)
        if order.trains and runs.get_dr_count(training, run_ids=[run], states=UNFINISHED):
            return True
        earlier.insert(0, order.window.start)  # that run may be about to start the training, or to roll back
    asked = earlier if len(earlier) <= 2 * ASKED_ABOUT else [*earlier[:ASKED_ABOUT], *earlier[-ASKED_ABOUT:]]
    return bool(runs.get_dr_count(f"{spec.name}__monitoring", logical_dates=asked, states=AT_WORK))
