#!/bin/bash
# Runs once, when the server's data folder is made: a role and a database for each service, closed to the others.
set -euo pipefail

own() { # own ROLE PASSWORD DATABASE...
  psql --quiet -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres -v role="$1" -v password="$2" <<'SQL'
CREATE ROLE :"role" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
SQL
  for database in "${@:3}"; do
    psql --quiet -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres -v role="$1" -v database="$database" <<'SQL'
CREATE DATABASE :"database" OWNER :"role";
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
SQL
    psql --quiet -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$database" -v role="$1" <<'SQL'
REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO :"role";
SQL
  done
}

own airflow "$AIRFLOW_DB_PASSWORD" airflow
own celery "$CELERY_DB_PASSWORD" celery
own mlflow "$MLFLOW_DB_PASSWORD" mlflow mlflow_auth
own leeway "$LEEWAY_DB_PASSWORD" leeway
psql --quiet -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres -c 'REVOKE CONNECT ON DATABASE postgres FROM PUBLIC'
