"""What leeway's page costs a task: CPU seconds to load Airflow's plugins in a task process, with leeway's and without.

Every task process loads them. Each figure is the least of five processes: other work on the machine only ever adds to it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUNS = 5
MEASURE = """
import json, sys, time
import airflow.sdk.execution_time.task_runner
from airflow.sdk.plugins_manager import integrate_macros_plugins

before, start = set(sys.modules), time.process_time()
integrate_macros_plugins()
print()
print(json.dumps({"seconds": time.process_time() - start, "modules": sorted(set(sys.modules) - before)}))
"""
"""What Airflow's task runner does before it starts a task."""


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(prefix="leeway-bench-") as nothing:
        without = min(loaded(Path(nothing), nothing)["seconds"] for _ in range(RUNS))
        page = min(loaded(ROOT / "plugins", nothing)["seconds"] for _ in range(RUNS))
    print(f"load Airflow's plugins in a task process: {without:.3f} CPU s without leeway's, {page:.3f} with it")
    print(f"leeway's page costs each task {page - without:.3f} CPU s")


def loaded(plugins: Path, home: str) -> dict[str, object]:
    """Load the plugins of a folder in a process of its own."""
    env = {**os.environ, "AIRFLOW_HOME": home, "AIRFLOW__CORE__PLUGINS_FOLDER": str(plugins)}
    done = subprocess.run([sys.executable, "-c", MEASURE], env=env, check=True, capture_output=True, text=True)
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
