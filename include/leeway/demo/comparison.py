"""The windows without any retrain, and with one before each of them: computed for all models side by side."""

from __future__ import annotations

import multiprocessing
import signal
from typing import TYPE_CHECKING, Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from leeway.hindsight import Hindsight, Served
from leeway.settings import settings
from leeway.spec import find_spec
from leeway.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import MutableSequence

    from rich.console import Console

    from leeway.spec import ModelSpec

LOOK_EVERY = 0.5


def compare(specs: list[ModelSpec], console: Console) -> list[list[Served]]:
    """For each model that has scored windows: never retrained, as it was, retrained before every window."""
    context = multiprocessing.get_context("spawn")  # threads run here, and a fork would copy their locks
    # Left by Ctrl-C, a pool ends its processes at once.
    with context.Manager() as shared, context.Pool(len(specs), initializer=_leave_interrupts_to_parent) as pool:
        counts = [shared.list([0, 0]) for _ in specs]
        asked = [pool.apply_async(_compare, (spec.name, count)) for spec, count in zip(specs, counts, strict=True)]
        with _bars(console) as progress:
            bars = [progress.add_task(f"{spec.name}: retraining every window, for comparison") for spec in specs]
            while pending := [found for found in asked if not found.ready()]:
                for bar, (done, total) in zip(bars, counts, strict=True):
                    progress.update(bar, completed=done, total=total or None)
                pending[0].wait(LOOK_EVERY)
        return [found.get() for found in asked]


def _compare(model: str, count: MutableSequence[int]) -> list[Served]:
    hindsight = Hindsight(Workspace.open(), find_spec(settings().models, model))
    count[1] = len(hindsight.windows)

    def step(_: object) -> None:
        count[0] += 1

    every = hindsight.every(step)
    return [hindsight.never(), hindsight.leeway(), every]


def _leave_interrupts_to_parent(*_: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _bars(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True)
