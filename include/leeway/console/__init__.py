"""The page "Models" inside Airflow, and the API behind it. Airflow's own login guards every route.

``mount`` is all that Airflow imports at start; ``app`` and what it needs come with the first request.
"""
