"""The DAG leeway__watch: tell which models are late, and what quiet times held back."""

from airflow.sdk import DAG

from leeway.orchestration import watch

# Airflow only looks into files that contain its name.
dag: DAG = watch()
