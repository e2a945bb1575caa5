"""The DAGs of every model in include/models: monitoring, training, promotion.

Starting a task builds only the DAG it belongs to. A broken model file has no DAGs here; dags/broken_models.py says why.
"""

from airflow.sdk import get_parsing_context

from leeway.orchestration import all_dags

for dag in all_dags(only=get_parsing_context().dag_id):
    globals()[dag.dag_id] = dag
