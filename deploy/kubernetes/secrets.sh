#!/bin/sh
# Prints the Kubernetes Secrets of leeway, made of the .env that `make secrets` writes:
#
#   POSTGRES_HOST=db.example.com sh deploy/kubernetes/secrets.sh | kubectl apply --namespace leeway -f -
#
# BROKER_HOST is the service of the broker; its default is that of the chart's Redis in a release named airflow.
# .env is read, never run. What is printed is secret: pipe it, keep it nowhere.
set -eu

env_file=${1:-$(dirname "$0")/../../.env}
: "${POSTGRES_HOST:?name the host of PostgreSQL: POSTGRES_HOST=db.example.com}"
broker=${BROKER_HOST:-airflow-redis}

if [ ! -f "$env_file" ]; then
  echo "$env_file is not there: run make secrets, or name a file" >&2
  exit 2
fi

# of NAME: its value in the file, or the end of the script.
of() {
  value=$(sed -n "s/^$1=//p" "$env_file" | tail -n 1)
  if [ -z "$value" ]; then
    echo "$1 is not in $env_file: run make secrets" >&2
    exit 2
  fi
  printf '%s' "$value"
}

# Each on a line of its own: a command substitution that fails ends the script only there.
airflow_db=$(of AIRFLOW_DB_PASSWORD)
celery_db=$(of CELERY_DB_PASSWORD)
mlflow_db=$(of MLFLOW_DB_PASSWORD)
leeway_db=$(of LEEWAY_DB_PASSWORD)
redis=$(of REDIS_PASSWORD)
fernet=$(of AIRFLOW_FERNET_KEY)
jwt=$(of AIRFLOW_JWT_SECRET)
api=$(of AIRFLOW_API_SECRET_KEY)
airflow_admin=$(of AIRFLOW_ADMIN_PASSWORD)
mlflow_admin=$(of MLFLOW_ADMIN_PASSWORD)
flask=$(of MLFLOW_FLASK_SECRET_KEY)
s3_key=$(of S3_ACCESS_KEY)
s3_secret=$(of S3_SECRET_KEY)

# secret NAME: the head of a Secret, whose lines follow.
secret() {
  printf -- '---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: %s\n  labels:\n    app.kubernetes.io/part-of: leeway\ntype: Opaque\nstringData:\n' "$1"
}

# line KEY VALUE: make secrets makes letters, digits and _ - = only, which a quoted YAML string takes as they are.
line() {
  printf '  %s: "%s"\n' "$1" "$2"
}

secret leeway-airflow-database
line connection "postgresql+psycopg2://airflow:$airflow_db@$POSTGRES_HOST/airflow"

secret leeway-airflow-keys
line fernet-key "$fernet"
line api-secret-key "$api"
line jwt-secret "$jwt"

secret leeway-celery-results
line connection "db+postgresql+psycopg2://celery:$celery_db@$POSTGRES_HOST/celery"

secret leeway-celery-broker
line connection "redis://:$redis@$broker:6379/0"
line password "$redis"

secret leeway-client
line LEEWAY_CATALOG_URL "postgresql+psycopg2://leeway:$leeway_db@$POSTGRES_HOST/leeway"
line MLFLOW_TRACKING_USERNAME admin
line MLFLOW_TRACKING_PASSWORD "$mlflow_admin"
line AWS_ACCESS_KEY_ID "$s3_key"
line AWS_SECRET_ACCESS_KEY "$s3_secret"

secret leeway-mlflow
line MLFLOW_BACKEND_STORE_URI "postgresql+psycopg2://mlflow:$mlflow_db@$POSTGRES_HOST/mlflow"
line MLFLOW_FLASK_SERVER_SECRET_KEY "$flask"
line MLFLOW_AUTH_ADMIN_PASSWORD "$mlflow_admin"
line AWS_ACCESS_KEY_ID "$s3_key"
line AWS_SECRET_ACCESS_KEY "$s3_secret"
cat <<INI
  basic_auth.ini: |
    [mlflow]
    default_permission = NO_PERMISSIONS
    database_uri = postgresql+psycopg2://mlflow:$mlflow_db@$POSTGRES_HOST/mlflow_auth
    authorization_function = mlflow.server.auth:authenticate_request_basic_auth
    grant_default_workspace_access = false
INI

# What only the job after an install or upgrade gets; its first step refuses weak ones.
secret leeway-init
line AIRFLOW_DB_PASSWORD "$airflow_db"
line CELERY_DB_PASSWORD "$celery_db"
line MLFLOW_DB_PASSWORD "$mlflow_db"
line LEEWAY_DB_PASSWORD "$leeway_db"
line REDIS_PASSWORD "$redis"
line AIRFLOW_ADMIN_PASSWORD "$airflow_admin"
line MLFLOW_ADMIN_PASSWORD "$mlflow_admin"
