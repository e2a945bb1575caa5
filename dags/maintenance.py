"""The DAG leeway__maintenance: reconcile MLflow with the ledger, clear remains, verify hashes."""

from airflow.sdk import DAG

from leeway.orchestration import maintenance

# Airflow only looks into files that contain its name.
dag: DAG = maintenance()
