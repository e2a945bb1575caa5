"""The cache of a machine holds what is complete; what was never finished goes."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

import tiny
from leeway.stages.reconcile import reconcile

if TYPE_CHECKING:
    from pathlib import Path

DAY = timedelta(days=1).total_seconds()


def begun(path: Path, *, seconds_ago: float, folder: bool) -> Path:
    """Something in the cache, last touched so long ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if folder:
        path.mkdir()
        (path / "model.json").write_text("{}")
    else:
        path.write_text("half an answ")
    then = time.time() - seconds_ago
    os.utime(path, (then, then))
    return path


@pytest.mark.parametrize("folder", [True, False], ids=["model", "answer"])
def test_reconcile_removes_from_the_cache_what_was_never_finished_and_nothing_else(
    tmp_path: Path, *, folder: bool
) -> None:
    project = tiny.project(tmp_path, days=1)
    ws = project.workspace()
    where = ws.cache / ("models" if folder else "http")
    dead = begun(where / ".fetch-dead", seconds_ago=DAY + 1, folder=folder)
    alive = begun(where / ".fetch-alive", seconds_ago=60, folder=folder)
    complete = begun(where / "complete", seconds_ago=DAY + 1, folder=folder)

    assert reconcile(ws, project.spec) == [f"removed {where.name}/.fetch-dead from the cache"]
    assert reconcile(ws, project.spec) == []
    assert (dead.exists(), alive.exists(), complete.exists()) == (False, True, True)
