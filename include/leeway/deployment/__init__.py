"""What has to be true before the services of a container stack may start: its job ``init`` sees to it.

``python -m leeway.deployment`` refuses weak secrets, makes the object store's bucket if there is one, brings every
database forward, and makes what Airflow needs before its first task: an administrator and the pool of trainings.
Running it again changes nothing.
"""
