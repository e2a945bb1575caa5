"""In what order runs may work: each waits for the windows before it, and for a retrain that these asked for.

Airflow starts runs in any order and any number at a time (a backfill ignores ``max_active_runs``). So a run that is too
early waits, holding no worker for long, while somebody works on what it waits for; and if nobody does (the run
failed, was deleted, or comes later as the backfill runs backwards), it does that work itself by the same functions.
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from airflow.sdk.exceptions import AirflowRescheduleException

from leeway import turns

if TYPE_CHECKING:
    from leeway.core import Window
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

AT_WORK = ["running", "restarting"]
UNFINISHED = ["queued", "running", "restarting"]
PATIENCE = 20.0
"""Seconds that a waiting task looks again by itself before it gives its worker back."""
LOOK_AGAIN = 0.25
"""Seconds between two looks."""
BREAK = timedelta(seconds=5)
"""How long a task that gave its worker back stays away."""
ASKED_ABOUT = 50
"""Oldest and newest windows in line that Airflow is asked about: a request has no room for thousands."""
log = logging.getLogger(__name__)


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


def wait_for_turn(
    ws: Workspace,
    spec: ModelSpec,
    window: Window,
    *,
    runs: Runs,
    patience: float = PATIENCE,
    look_again: float = LOOK_AGAIN,
) -> None:
    """Return when everything before ``window`` is finished.

    Args:
        ws: the workspace.
        spec: the model.
        window: the window whose turn it should be.
        runs: Airflow's runs.
        patience: seconds after which the task gives its worker back.
        look_again: seconds between two looks.

    Raises:
        AirflowRescheduleException: if that takes longer; Airflow then starts the task again a little later.
    """
    given_up = time.monotonic() + patience
    while _too_early(ws, spec, window):
        if not _somebody_works(ws, spec, window, runs):
            log.info("nobody works on what comes before %s: doing it here", window)
            from leeway.replay import catch_up

            catch_up(ws, spec, window)
            return
        if time.monotonic() >= given_up:
            raise AirflowRescheduleException(datetime.now(UTC) + BREAK)  # type: ignore[no-untyped-call]
        time.sleep(look_again)


def _too_early(ws: Workspace, spec: ModelSpec, window: Window) -> bool:
    waits_for_window = next(turns.undecided(ws.catalog, spec, window), None) is not None
    return waits_for_window or turns.open_retrain(ws.catalog, spec, window) is not None


def _somebody_works(ws: Workspace, spec: ModelSpec, window: Window, runs: Runs) -> bool:
    """Whether a run of Airflow is busy with an undecided earlier window or with the open retrain."""
    earlier = [found.start for found in turns.undecided(ws.catalog, spec, window)]
    retrain = turns.open_retrain(ws.catalog, spec, window)
    if retrain is not None:
        if runs.get_dr_count(f"{spec.name}__training", run_ids=[run_id_of(retrain.window)], states=UNFINISHED):
            return True
        earlier.insert(0, retrain.window.start)  # that run may be about to start the training
    asked = earlier if len(earlier) <= 2 * ASKED_ABOUT else [*earlier[:ASKED_ABOUT], *earlier[-ASKED_ABOUT:]]
    return bool(runs.get_dr_count(f"{spec.name}__monitoring", logical_dates=asked, states=AT_WORK))
