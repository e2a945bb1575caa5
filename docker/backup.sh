#!/bin/sh
# Copies all that leeway has to keep into one folder below $BACKUPS, while everything goes on: docs/backup.md says why that
# is consistent. `make backup` runs it where psql and pg_dump are; the server is named by PGHOST, PGUSER and PGPASSWORD.
#
#   databases     airflow, leeway (the catalog), mlflow_auth, mlflow; those that the server has
#   folders       $STORE, $ARTIFACTS, $OBJECTS; those that are there
#   $HOME_FOLDER/versions    which versions have migrated the databases, as `leeway migrate` wrote it
set -eu
umask 077
export LC_ALL=C

BACKUPS=${BACKUPS:-/backups}
HOME_FOLDER=${HOME_FOLDER:-/var/lib/leeway}
STORE=${STORE:-$HOME_FOLDER/store}
ARTIFACTS=${ARTIFACTS:-/var/lib/mlflow}
OBJECTS=${OBJECTS:-/var/lib/objectstore}
# Who refers comes before what it refers to, so nothing is referred to that is not in the backup.
DATABASES='airflow leeway mlflow_auth mlflow'

say() { printf '%s\n' "$*"; }
fail() { printf 'backup: %s\n' "$*" >&2; exit 1; }

ask() { psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$1" -c "$2"; }

# copy NAME FOLDER: the folder as NAME.tar. GNU tar says 1 where a file grew, was touched or went away meanwhile; the files
# that the databases already name are complete and stay as they are.
copy() {
  [ -d "$2" ] && [ -n "$(ls -A "$2")" ] || return 0
  code=0
  tar --create --file "$work/$1.tar" --xattrs --xattrs-include='user.*' --numeric-owner --exclude='*.tmp' \
    --warning=no-file-changed --warning=no-file-removed --directory "$2" . || code=$?
  [ "$code" -le 1 ] || fail "tar cannot copy $2"
  say "copied $2"
}

dump() {
  if [ "$(ask postgres "SELECT count(*) FROM pg_database WHERE datname = '$1'")" = 1 ]; then
    pg_dump --format=custom --no-owner --no-acl --no-comments --file "$work/$1.dump" "$1"
    say "copied the database $1"
  fi
}

manifest() {
  say 'format 1'
  say "made $(date -u +%Y-%m-%dT%H:%M:%SZ)"
  grep -v '^catalog ' "$HOME_FOLDER/versions"
  say "catalog $catalog"
  say "postgres $((server / 10000))"
  (cd "$work" && for file in *.dump *.tar; do [ ! -f "$file" ] || sha256sum "$file"; done) | sed 's/^/sha256 /'
}

tar --version | grep -q GNU || fail 'this needs GNU tar'
[ -f "$HOME_FOLDER/versions" ] || fail "there is no file $HOME_FOLDER/versions: run \`leeway migrate\` first"
[ -d "$BACKUPS" ] || fail "there is no folder $BACKUPS"

server=$(ask postgres 'SHOW server_version_num') || fail 'PostgreSQL cannot be reached'
catalog=$(ask leeway 'SELECT version_num FROM catalog_revision') || fail 'there is no catalog: run `leeway migrate` first'

name=leeway-$(date -u +%Y%m%dT%H%M%SZ)
work=$BACKUPS/$name.partial
mkdir "$work"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

for database in $DATABASES; do dump "$database"; done
copy artifacts "$ARTIFACTS"
copy store "$STORE"
copy objects "$OBJECTS"

manifest > "$work/facts"
{ cat "$work/facts"; say "complete $(sha256sum < "$work/facts" | cut -c 1-64)"; } > "$work/MANIFEST"
rm "$work/facts"
# In a container root writes here: the backup belongs to whoever owns the folder.
[ "$(id -u)" != 0 ] || chown -R "$(stat -c %u:%g "$BACKUPS")" "$work"
sync
mv "$work" "$BACKUPS/$name"
trap - EXIT
say "backup $name: $(du -sh "$BACKUPS/$name" | cut -f 1)"
