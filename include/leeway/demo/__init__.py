"""The demo: a year of real flights, kept good by two models, through Airflow."""
