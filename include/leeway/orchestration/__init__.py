"""Airflow enters here: from specs to DAGs, from a task's context to a window.

Nothing in this package imports an ML library or a stage before a task runs: Airflow parses a DAG file every few seconds.
"""

from leeway.orchestration.dags import all_dags, broken_models, maintenance

__all__ = ["all_dags", "broken_models", "maintenance"]
