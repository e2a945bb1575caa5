"""What orchestration costs: the demo's year through Airflow, against the same stages called in one process.

Needs a finished demo: its makespan is read from ``<LEEWAY_HOME>/demo-report.json``. The one process works on a fresh
home with a catalog and an MLflow store in SQLite; libraries are imported before the clock starts, as in Airflow's
workers.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    """Print the figures."""
    demo = Path(os.environ.get("LEEWAY_HOME", ".leeway")).resolve()
    report = demo / "demo-report.json"
    if not report.is_file():
        sys.exit(f"there is no {report}: run make demo ONCE=1 first")
    through_airflow = json.loads(report.read_text(encoding="utf-8"))["seconds"]
    with tempfile.TemporaryDirectory(prefix="leeway-bench-") as folder:
        (Path(folder) / "demo").symlink_to(demo / "demo")
        os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"), LEEWAY_HOME=folder)
        wall, cpu, windows = _in_one_process()
    print(f"through Airflow: {through_airflow:.0f} s for {windows} windows")
    print(f"the same stages in one process: {wall:.0f} s ({cpu:.0f} CPU s)")
    print(f"ratio: {through_airflow / wall:.2f}")


def _in_one_process() -> tuple[float, float, int]:
    from leeway.demo.data import WINDOWS
    from leeway.demo.run import MODELS
    from leeway.replay import advance
    from leeway.services.warm import rehearse, warm
    from leeway.settings import settings
    from leeway.spec import find_spec
    from leeway.workspace import Workspace

    warm()
    rehearse()
    workspace = Workspace.open()
    workspace.prepare()
    wall, cpu = time.perf_counter(), time.process_time()
    for name in MODELS:
        advance(workspace, find_spec(settings().models, name), WINDOWS[-1])
    return time.perf_counter() - wall, time.process_time() - cpu, len(WINDOWS) * len(MODELS)
