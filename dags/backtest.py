"""The DAG leeway__backtest: which policy would have paid on a model's own history. Started by hand only."""

from airflow.sdk import DAG

from leeway.orchestration import backtest

# Airflow only looks into files that contain its name.
dag: DAG = backtest()
