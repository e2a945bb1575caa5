#!/bin/sh
# Writes every secret of the stack that is not there yet into .env, readable for its owner only. What is there is kept.
set -eu
cd "$(dirname "$0")/.."
umask 077
touch .env
chmod 600 .env

# add NAME BYTES: that many random bytes as text that a URL, a shell and an ini file take as it is.
add() {
  if ! grep -q "^$1=..*" .env; then
    sed -i.old "/^$1=\$/d" .env && rm -f .env.old
    printf '%s=%s\n' "$1" "$(head -c "$2" /dev/urandom | base64 | tr -d '\n' | tr '+/' '-_')" >> .env
    made="${made:-}${made:+, }$1"
  fi
}

# Hexadecimal: these stand in the address of a database or a broker, where "=" would have to be escaped.
hex() {
  if ! grep -q "^$1=..*" .env; then
    sed -i.old "/^$1=\$/d" .env && rm -f .env.old
    printf '%s=%s\n' "$1" "$(head -c 24 /dev/urandom | od -An -vtx1 | tr -d ' \n')" >> .env
    made="${made:-}${made:+, }$1"
  fi
}

for name in POSTGRES_PASSWORD AIRFLOW_DB_PASSWORD CELERY_DB_PASSWORD MLFLOW_DB_PASSWORD LEEWAY_DB_PASSWORD \
  REDIS_PASSWORD AIRFLOW_ADMIN_PASSWORD MLFLOW_ADMIN_PASSWORD S3_ACCESS_KEY S3_SECRET_KEY; do
  hex "$name"
done
add AIRFLOW_FERNET_KEY 32 # Fernet's own form: 32 bytes, base64 for URLs
add AIRFLOW_JWT_SECRET 64
add AIRFLOW_API_SECRET_KEY 48
add MLFLOW_FLASK_SECRET_KEY 48
[ -z "${made:-}" ] || echo "made in .env: $made"
