"""leeway's figures leave by Airflow's own metrics: to a real StatsD socket and a real OTLP receiver."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

EMIT = """
from airflow.sdk.observability import stats
from airflow.sdk.observability.metrics import stats_utils
from leeway.orchestration import metrics
from leeway.spec import load_spec
import sys, tiny, values

stats.initialize(factory=stats_utils.get_stats_factory(), export_legacy_names=True)
spec = tiny.project(__import__("pathlib").Path(sys.argv[1]), days=1).spec
metrics.decided(spec, values.decision(model="tiny", action="retrain"), values.measurement(model="tiny"))
metrics.evaluated(spec, values.evaluation(model="tiny", points=0.25))
metrics.lateness("tiny", 90.0)
if len(sys.argv) > 2:
    from opentelemetry import metrics as otel
    otel.get_meter_provider().force_flush()
"""
"""What a task does: initialises Airflow's metrics as the task runner does, and emits."""


def emit(folder, *more, **settings):
    env = {f"AIRFLOW__METRICS__{name.upper()}": str(value) for name, value in settings.items()}
    path = os.pathsep.join(filter(None, ("tests", os.environ.get("PYTHONPATH"))))
    subprocess.run(
        [sys.executable, "-c", EMIT, str(folder), *more],
        env={**os.environ, "PYTHONPATH": path, **env},
        check=True,
        timeout=120,
    )


@pytest.fixture
def statsd():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.setblocking(False)
        yield server


def received(server):
    lines = set()
    while True:
        try:
            lines.add(server.recv(4096).decode())
        except BlockingIOError:
            return {line for line in lines if line.startswith("airflow.leeway.")}


def test_statsd_without_tags_keeps_models_apart_by_the_name(tmp_path, statsd):
    emit(tmp_path, statsd_on=True, statsd_host="127.0.0.1", statsd_port=statsd.getsockname()[1])
    assert received(statsd) == {
        "airflow.leeway.tiny.decisions.retrain:1|c",
        "airflow.leeway.tiny.rows:10|g",
        "airflow.leeway.tiny.flagged:1|g",
        "airflow.leeway.tiny.realised:0.75|g",
        "airflow.leeway.tiny.realised_loss:0.5|g",
        "airflow.leeway.tiny.label_coverage:0.9|g",
        "airflow.leeway.tiny.evaluations.reject:1|c",
        "airflow.leeway.tiny.challenger_gain:0.25|g",
        "airflow.leeway.tiny.late_seconds:90.0|g",
    }


def test_statsd_with_tags_gets_the_model_as_one(tmp_path, statsd):
    port = statsd.getsockname()[1]
    emit(tmp_path, statsd_on=True, statsd_host="127.0.0.1", statsd_port=port, statsd_influxdb_enabled=True)
    assert "airflow.leeway.decisions,model=tiny,action=retrain:1|c" in received(statsd)


def test_opentelemetry_gets_the_model_as_an_attribute(tmp_path):
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

    bodies = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        emit(tmp_path, "flush", otel_on=True, otel_host="127.0.0.1", otel_port=server.server_port)
    finally:
        server.shutdown()
        server.server_close()
    found = {}
    for body in bodies:
        request = ExportMetricsServiceRequest.FromString(body)
        for resource in request.resource_metrics:
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    for point in (*metric.gauge.data_points, *metric.sum.data_points):
                        tags = {tag.key: tag.value.string_value for tag in point.attributes}
                        found[metric.name] = (tags, point.as_double or point.as_int)
    assert found["airflow.leeway.decisions"] == ({"model": "tiny", "action": "retrain"}, 1)
    assert found["airflow.leeway.late_seconds"] == ({"model": "tiny"}, 90.0)
    assert found["airflow.leeway.realised"] == ({"model": "tiny", "metric": "auc"}, 0.75)
