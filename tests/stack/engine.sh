#!/bin/bash
# engine.sh FOLDER: installs Docker's engine and Compose from Debian's packages, starts it for this folder alone, and makes
# stand-ins for the base images, which need no image registry. Root on Debian 12. Prints what to export.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mkdir -p "$1" && cd "$1" && pwd)
export DOCKER_HOST=unix://$folder/docker.sock DOCKER_CONFIG=$folder/config

if ! command -v dockerd > /dev/null || ! command -v debootstrap > /dev/null; then
  apt-get update -qq
  apt-get install -qq --no-install-recommends docker.io debootstrap iptables > "$folder/apt.log" 2>&1
fi

# Compose and buildx of Debian 13: static programs, taken out of their packages; the system's packages stay as they are.
if [ ! -x "$DOCKER_CONFIG/cli-plugins/docker-compose" ]; then
  mkdir -p "$DOCKER_CONFIG/cli-plugins" "$folder"/apt/{lists,cache/archives}/partial
  echo 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian trixie main' > "$folder/apt/trixie.list"
  trixie=(-o "Dir::Etc::sourcelist=$folder/apt/trixie.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$folder/apt/lists" -o "Dir::Cache=$folder/apt/cache" -o APT::Sandbox::User=root)
  apt-get "${trixie[@]}" -qq update
  (cd "$folder/apt" && apt-get "${trixie[@]}" -qq download docker-compose docker-buildx)
  for package in "$folder"/apt/*.deb; do dpkg-deb -x "$package" "$folder/apt/files"; done
  cp "$folder"/apt/files/usr/libexec/docker/cli-plugins/docker-* "$DOCKER_CONFIG/cli-plugins/"
fi

if ! docker version > /dev/null 2>&1; then
  setsid dockerd --data-root "$folder/data" --exec-root "$folder/exec" --pidfile "$folder/dockerd.pid" -H "$DOCKER_HOST" \
    --storage-driver overlay2 > "$folder/dockerd.log" 2>&1 < /dev/null &
  for _ in $(seq 60); do docker version > /dev/null 2>&1 && break; sleep 0.5; done
  docker version > /dev/null
fi

if ! docker image inspect standin/debian:bookworm > /dev/null 2>&1; then
  debootstrap --variant=minbase --include=ca-certificates bookworm "$folder/debian" http://deb.debian.org/debian > "$folder/debootstrap.log" 2>&1
  tar -C "$folder/debian" -c . | docker import - standin/debian:bookworm > /dev/null
  rm -rf "$folder/debian"
fi
# Behind a proxy with certificates of its own DRILL_CA names them: the object store's server comes from the package index.
moto=$(sed -n 's/^moto==//p' "$here/../../requirements-dev.txt")
for image in python:3.11 redis:7 postgres:15 "objectstore:$moto"; do
  docker buildx build --quiet --load --tag "standin/$image" --build-arg "MOTO=$moto" ${DRILL_CA:+--secret "id=ca,src=$DRILL_CA"} \
    --file "$here/standin/${image%%:*}.Dockerfile" "$here/standin" > /dev/null
done
docker tag "standin/objectstore:$moto" standin/objectstore:latest
echo "export DOCKER_HOST=$DOCKER_HOST DOCKER_CONFIG=$DOCKER_CONFIG"
