# Stands in for python:3.11-slim where no image registry can be reached. Debian's Python, and nothing that the real one lacks.
ARG BASE=standin/debian:bookworm
FROM ${BASE}
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 python3-venv python3-pip \
 && rm -rf /var/lib/apt/lists/* /usr/lib/python3.11/EXTERNALLY-MANAGED \
 && ln -s python3 /usr/bin/python
