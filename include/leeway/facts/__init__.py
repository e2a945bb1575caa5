"""What is known about models, gathered for whoever tells it: the command line, the page in Airflow, metrics."""
