"""Airflow enters here: from specs to DAGs, from a task's context to a window.

Nothing here imports an ML library or a stage before a task runs: Airflow parses the DAG files again and again.
"""

from leeway.orchestration.dags import all_dags, backtest, broken_models, maintenance

__all__ = ["all_dags", "backtest", "broken_models", "maintenance"]
