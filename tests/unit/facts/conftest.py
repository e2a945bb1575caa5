"""One history, told in many ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

import histories
import tiny

if TYPE_CHECKING:
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

DAYS = 10
DRIFT_FROM = 8


class Story(NamedTuple):
    """A model with several champions and a drift, and where it is kept. Not to be changed."""

    ws: Workspace
    spec: ModelSpec


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """A retrain every second window, each of which is promoted; ``amount`` means the opposite in the last days."""
    project = tiny.project(
        tmp_path_factory.mktemp("story"),
        days=DAYS,
        drift_from=DRIFT_FROM,
        policy={"kind": "every", "windows": 2, "bootstrap_windows": 3, "min_rows": 30},
        gates=[{"kind": "beats_baseline"}],
        monitoring={"detectors": histories.DETECTORS},
        retrain_cost=0.001,
    )
    return Story(histories.advance_to(project, [DAYS - 1]), project.spec)
