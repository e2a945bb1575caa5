#!/bin/sh
# Puts a backup of docker/backup.sh back: restore.sh [NAME], by default the newest. Nothing else may use the databases.
#
#   FORCE=1     also where there is something already: it is replaced
#   VERSIONS    what `leeway --version` says of the code that is to run: a backup of newer versions is refused
#
# What is wrong with a backup is said before anything is changed. Each database is replaced in one transaction. Files are
# added and put right, never deleted: what nothing refers to is cleared away by `leeway reconcile`.
set -eu
umask 077
export LC_ALL=C

BACKUPS=${BACKUPS:-/backups}
HOME_FOLDER=${HOME_FOLDER:-/var/lib/leeway}
STORE=${STORE:-$HOME_FOLDER/store}
ARTIFACTS=${ARTIFACTS:-/var/lib/mlflow}
OBJECTS=${OBJECTS:-/var/lib/objectstore}
VERSIONS=${VERSIONS:?is what leeway --version says of the code that is to run}
# What is referred to comes before who refers: a restore that was interrupted is done again.
DATABASES='mlflow mlflow_auth leeway airflow'

say() { printf '%s\n' "$*"; }
fail() { printf 'restore: %s\n' "$*" >&2; exit 1; }

ask() { psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$1" -c "$2"; }
# fact NAME TEXT: what the lines of the text say that begin with the name.
fact() { printf '%s\n' "$2" | sed -n "s/^$1 //p"; }

newest() { ls -d "$BACKUPS"/leeway-*Z 2>/dev/null | tail -n 1; }

require_whole() {
  [ -d "$backup" ] || fail "there is no backup $name in $BACKUPS"
  [ -f "$backup/MANIFEST" ] || fail "$name is not complete: it was interrupted. Take another one"
  facts=$(sed '$d' "$backup/MANIFEST")
  told=$(sed -n '$s/^complete //p' "$backup/MANIFEST")
  [ "$told" = "$(say "$facts" | sha256sum | cut -c 1-64)" ] || fail "$name is damaged: its MANIFEST is not as it was written"
  say 'checking the hashes'
  bad=$(cd "$backup" && fact sha256 "$facts" | sha256sum -c 2>&1 | grep -v ': OK$') || true
  [ -z "$bad" ] || fail "$name is damaged: $bad"
}

# An older or equal version of everything; the code brings the databases forward when it starts.
require_not_newer() {
  server=$(ask postgres 'SHOW server_version_num') || fail 'PostgreSQL cannot be reached'
  here="$VERSIONS
postgres $((server / 10000))"
  for part in leeway catalog airflow mlflow postgres; do
    theirs=$(fact "$part" "$facts")
    ours=$(fact "$part" "$here")
    last=$(printf '%s\n' "$theirs" "$ours" | sort -V | tail -n 1)
    [ -n "$theirs" ] && [ "$last" = "$ours" ] \
      || fail "$name is of $part $theirs, here is $part ${ours:-(unknown, see VERSIONS)}: update it first"
  done
}

require_databases() {
  for database in $(dumped); do
    [ "$(ask postgres "SELECT count(*) FROM pg_database WHERE datname = '$database'")" = 1 ] \
      || fail "the server has no database $database"
    others=$(ask postgres "SELECT count(*) FROM pg_stat_activity
      WHERE datname = '$database' AND backend_type = 'client backend'")
    [ "$others" = 0 ] || fail "$others connections use the database $database: stop the services first"
  done
}

# rows DATABASE TABLE...: how many rows the tables have that are there.
rows() {
  in=$1; total=0; shift
  for table in "$@"; do
    if [ -n "$(ask "$in" "SELECT to_regclass('public.$table')")" ]; then
      total=$((total + $(ask "$in" "SELECT count(*) FROM (SELECT 1 FROM public.$table LIMIT 1) AS one")))
    fi
  done
  say "$total"
}

require_empty() {
  full=''
  for database in $(dumped); do
    case $database in
      leeway) tables='partition ledger' ;;
      mlflow) tables='runs registered_models' ;;
      airflow) tables='connection variable' ;;
      *) tables='' ;;
    esac
    # shellcheck disable=SC2086 # one word for each table
    [ "$(rows "$database" $tables)" = 0 ] || full="$full, the database $database"
  done
  for folder in "$STORE" "$ARTIFACTS" "$OBJECTS"; do
    [ -z "$(find "$folder" -type f 2>/dev/null | head -n 1)" ] || full="$full, $folder"
  done
  [ -z "$full" ] || fail "not empty: ${full#, }. FORCE=1 replaces it"
}

dumped() { for one in $DATABASES; do [ ! -f "$backup/$one.dump" ] || say "$one"; done; }

put_files() {
  [ -f "$backup/$1.tar" ] || return 0
  mkdir -p "$2"
  tar --extract --preserve-permissions --file "$backup/$1.tar" --xattrs --xattrs-include='user.*' --numeric-owner --directory "$2"
  say "restored $2"
}

# All tables of a database anew, owned by the database's owner: COMMIT comes only if pg_restore has told everything.
put_database() {
  owner=$(ask "$1" "SELECT quote_ident(pg_get_userbyid(datdba)) FROM pg_database WHERE datname = current_database()")
  holder=$(ask "$1" "SELECT quote_ident(pg_get_userbyid(nspowner)) FROM pg_namespace WHERE nspname = 'public'")
  {
    say 'BEGIN;' 'SET client_min_messages = warning;' "SET lock_timeout = '30s';" 'DROP SCHEMA public CASCADE;' \
      "CREATE SCHEMA public AUTHORIZATION $holder;" "SET ROLE $owner;"
    pg_restore --no-owner --no-acl --no-comments --file=- "$backup/$1.dump" && say 'COMMIT;' '\echo committed'
  } | psql -X -q -A -t -v ON_ERROR_STOP=1 --output=/dev/null -d "$1" > "$outcome" || true
  grep -q committed "$outcome" || fail "the database $1 could not be restored, and is as it was"
  say "restored the database $1"
}

name=${1:-$(basename "$(newest)")}
[ -n "$name" ] || fail "there is no backup in $BACKUPS"
case $name in */* | .*) fail "name a folder in $BACKUPS, not a path" ;; esac
backup=$BACKUPS/$name
outcome=$(mktemp)
trap 'rm -f "$outcome"' EXIT

require_whole
require_not_newer
require_databases
[ "${FORCE:-}" = 1 ] || require_empty

rm -f "$HOME_FOLDER/versions" # they are the backup's now: `leeway migrate`, at the next start, says so
put_files store "$STORE"
put_files artifacts "$ARTIFACTS"
put_files objects "$OBJECTS"
for database in $(dumped); do put_database "$database"; done
say "restored $name, made $(fact made "$facts")"
