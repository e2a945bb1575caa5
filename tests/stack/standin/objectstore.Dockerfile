# Stands in for versity/versitygw: the S3 server of this project's tests, with a folder behind it.
ARG BASE=standin/python:3.11
FROM ${BASE}
ARG MOTO
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=cache,target=/root/.cache/pip \
    python -m pip install --quiet --disable-pip-version-check "moto[server]==${MOTO}"
COPY objectstore.py /
ENTRYPOINT ["python", "/objectstore.py"]
