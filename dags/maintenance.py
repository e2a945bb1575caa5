"""The DAG leeway__maintenance: reconcile MLflow with the ledger, clear remains, verify hashes."""

from leeway.orchestration import maintenance

dag = maintenance()
