"""One machine's worth of services: PostgreSQL, MLflow and Airflow, started, watched and stopped together.

`leeway.services.stack.Stack` is the only name that callers need. Airflow and MLflow are started as programs and never
imported here, so importing this package costs nothing and a broken component cannot break its supervisor.
"""
