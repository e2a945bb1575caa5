"""Has no DAG: raises what is wrong with model files, so that Airflow's page shows it as an import error of this."""

from airflow.sdk import get_parsing_context

from leeway.orchestration import broken_models

if get_parsing_context().dag_id is None:
    broken_models()
