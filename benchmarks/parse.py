"""What leeway costs Airflow: CPU seconds to parse and serialise the DAGs of 100 models, and to start one task.

Airflow parses the DAG files every half minute and once for every task; importing Airflow itself is paid in either case
and not counted. Every figure is the least of three processes: other work on the machine only ever adds to it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
MODELS = 100
TASK = {"_AIRFLOW_PARSING_CONTEXT_DAG_ID": "model_042__training", "_AIRFLOW_PARSING_CONTEXT_TASK_ID": "train"}
_MEASURE = """
import json, resource
import airflow.providers.standard.operators.hitl, airflow.providers.standard.operators.trigger_dagrun
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization

def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime

start = cpu()
import leeway.orchestration
imported = cpu()
bag = DagBag("dags")
parsed = cpu()
assert not bag.import_errors, bag.import_errors
for dag in bag.dags.values():
    DagSerialization.to_dict(dag)
serialised = cpu()
seconds = {"import": imported - start, "parse": parsed - imported, "serialise": serialised - parsed}
print()
print(json.dumps({"dags": len(bag.dags), **seconds}))
"""


def main() -> None:
    """Print the figures."""
    sys.path.insert(0, str(ROOT / "tests"))
    from generate import write_models

    with tempfile.TemporaryDirectory(prefix="leeway-bench-") as folder:
        write_models(Path(folder) / "models", MODELS)
        env = {
            **os.environ,
            "AIRFLOW_HOME": folder,
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "LEEWAY_MODELS": f"{folder}/models",
        }
        everything, one = _least(env), _least(env | TASK)
    print(f"parse {MODELS} models, {everything['dags']} DAGs: {everything['parse']:.2f} CPU s")
    print(f"serialise them: {everything['serialise']:.2f} CPU s")
    print(f"parse at the start of one task, {one['dags']} DAG: {one['parse'] * 1000:.0f} CPU ms")
    print(f"import leeway.orchestration, once per process: {one['import'] * 1000:.0f} CPU ms")


def _least(env: dict[str, str]) -> dict[str, float]:
    """Measure in three processes."""
    found = []
    for _ in range(3):
        command = [sys.executable, "-c", _MEASURE]
        done = subprocess.run(command, env=env, cwd=ROOT, check=True, capture_output=True, text=True)
        found.append(json.loads(done.stdout.splitlines()[-1]))
    return {name: min(figures[name] for figures in found) for name in found[0]}


if __name__ == "__main__":
    main()
