"""What tests of the console share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tiny
    from airflow_runs import Airflow
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

ON_PURPOSE = {"X-Leeway": "1"}
"""What the page says with every request that changes something."""


@dataclass(frozen=True)
class Served:
    """A model in Airflow, and the API server that answers for it."""

    project: tiny.Project
    airflow: Airflow
    ws: Workspace

    @property
    def spec(self) -> ModelSpec:
        """The model."""
        return self.project.spec
