"""What leeway's page costs a task: CPU seconds to import its plugin, beside what Airflow needs to load any plugins.

Every task process loads them. Each figure is the least of three processes: other work on the machine only adds to it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
MEASURE = """
import json, sys, time
import airflow.sdk.execution_time.task_runner
from airflow.sdk.plugins_manager import integrate_macros_plugins

start = time.process_time()
integrate_macros_plugins()
loaded = time.process_time()
sys.path.insert(0, "plugins")
import leeway_plugin
print()
print(json.dumps({"any": loaded - start, "ours": time.process_time() - loaded}))
"""
"""What Airflow's task runner does before it starts a task, without leeway's plugin; and then this one."""


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(prefix="leeway-bench-") as nothing:
        found = [_measured(nothing) for _ in range(3)]
    print(f"load Airflow's plugins in a task process: {min(one['any'] for one in found):.3f} CPU s")
    print(f"import leeway's: {min(one['ours'] for one in found):.4f} CPU s")


def _measured(nothing: str) -> dict[str, float]:
    env = {**os.environ, "AIRFLOW_HOME": nothing, "AIRFLOW__CORE__PLUGINS_FOLDER": nothing}
    done = subprocess.run(
        [sys.executable, "-c", MEASURE], env=env, cwd=ROOT, check=True, capture_output=True, text=True
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
