#!/bin/sh
# up.sh docker compose ...: starts everything, waits until all is healthy, and says where it is or what hinders it.
set -eu
cd "$(dirname "$0")/.."

value() { # value NAME DEFAULT: from .env
  found=$(sed -n "s/^$1=//p" .env | tail -1)
  echo "${found:-$2}"
}

if ! "$@" up --detach --no-build --wait --wait-timeout "${WAIT:-600}"; then
  echo
  echo "Not everything is healthy:"
  "$@" ps --all --format 'table {{.Service}}\t{{.Status}}'
  echo
  "$@" logs --no-log-prefix --tail 15 init
  echo "\`make logs SERVICE=name\` shows what one of them says; \`make up\` again goes on where this one stopped."
  exit 1
fi
echo
echo "Airflow  http://localhost:$(value AIRFLOW_PORT 8080)   user admin   password: AIRFLOW_ADMIN_PASSWORD in .env"
echo "MLflow   http://localhost:$(value MLFLOW_PORT 5000)   user admin   password: MLFLOW_ADMIN_PASSWORD in .env"
