"""In what order runs may work: each waits for the windows before it, and for a retrain that these asked for.

Airflow starts runs in any order and any number at a time (a backfill ignores ``max_active_runs``). So a run that is too early
waits, without holding a worker for long, while somebody works on what it waits for; and if nobody does (the run failed, was
deleted, or comes later because the backfill runs backwards), it does that work itself, by the same functions.
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowRescheduleException

from leeway import turns
from leeway.core import Window
from leeway.spec import ModelSpec

if TYPE_CHECKING:
    from leeway.workspace import Workspace

AT_WORK = ["running", "restarting"]
UNFINISHED = ["queued", "running", "restarting"]
PATIENCE = 20.0
"""Seconds that a waiting task looks again by itself before it gives its worker back."""
PAUSE = timedelta(seconds=5)
log = logging.getLogger(__name__)


def run_id_of(window: Window) -> str:
    """The run of the training DAG that a window's decision starts: one per window."""
    return f"retrain__{window.key}"


def wait_for_turn(ws: Workspace, spec: ModelSpec, window: Window, ti: Any) -> None:
    """Return when everything before ``window`` is finished.

    Raises:
        AirflowRescheduleException: if that takes longer; Airflow then starts the task again a little later.
    """
    given_up = time.monotonic() + PATIENCE
    while _too_early(ws, spec, window):
        if not _somebody_works(ws, spec, window, ti):
            log.info("nobody works on what comes before %s: doing it here", window)
            from leeway.replay import catch_up

            catch_up(ws, spec, window)
            return
        if time.monotonic() > given_up:
            raise AirflowRescheduleException(datetime.now(UTC) + PAUSE)
        time.sleep(0.25)


def _too_early(ws: Workspace, spec: ModelSpec, window: Window) -> bool:
    waits_for_window = next(turns.undecided(ws.catalog, spec, window), None) is not None
    return waits_for_window or turns.open_retrain(ws.catalog, spec, window) is not None


def _somebody_works(ws: Workspace, spec: ModelSpec, window: Window, ti: Any) -> bool:
    """Whether a run of Airflow is busy with an undecided earlier window or with the open retrain."""
    earlier = [found.start for found in turns.undecided(ws.catalog, spec, window)]
    retrain = turns.open_retrain(ws.catalog, spec, window)
    if retrain is not None:
        if ti.get_dr_count(dag_id=f"{spec.name}__training", run_ids=[run_id_of(retrain.window)], states=UNFINISHED):
            return True
        earlier.append(retrain.window.start)  # that run may be about to start the training
    return bool(ti.get_dr_count(dag_id=f"{spec.name}__monitoring", logical_dates=earlier, states=AT_WORK))
