"""All DAGs of all models, and none of them when Airflow starts a task of another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leeway.errors import SpecError
from leeway.orchestration.backtest import backtest
from leeway.orchestration.maintenance import maintenance
from leeway.orchestration.monitoring import monitoring
from leeway.orchestration.promotion import promotion
from leeway.orchestration.training import training
from leeway.settings import settings
from leeway.spec import find_spec, load_specs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow.sdk import DAG

BUILDERS = {"monitoring": monitoring, "training": training, "promotion": promotion}

__all__ = ["all_dags", "backtest", "broken_models", "maintenance"]


def all_dags(only: str | None) -> Iterator[DAG]:
    """Build the DAGs of every good model file; of a broken one none (`broken_models` says why).

    Args:
        only: the one DAG that is wanted, because Airflow starts a task of it; None when Airflow parses the file.

    Raises:
        SpecError: if only one DAG is wanted and its model file is broken.
    """
    if only is not None:
        name, _, purpose = only.rpartition("__")
        if purpose in BUILDERS:
            yield BUILDERS[purpose](find_spec(settings().models, name))
        return
    for spec in load_specs(settings().models)[0].values():
        for build in BUILDERS.values():
            yield build(spec)


def broken_models() -> None:
    """Raise what is wrong with model files, all of it, so that Airflow's page shows it as an import error.

    Raises:
        SpecError: if any model file is broken.
    """
    problems = load_specs(settings().models)[1]
    if problems:
        raise SpecError.gather(problems)
