"""Parses the DAG files as Airflow does, in a process of its own, and says what came of it as JSON.

``python tests/dags/parsed.py DAGS`` with ``LEEWAY_MODELS`` and whatever else the environment is to be.
"""

from __future__ import annotations

import json
import sys

OPENED: list[str] = []


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and str(arguments[0]).endswith(".yaml"):
        OPENED.append(str(arguments[0]))


def main(folder: str) -> None:
    # What Airflow alone imports, the operators that leeway uses included, is not leeway's doing.
    import airflow.providers.standard.operators.hitl
    import airflow.providers.standard.operators.trigger_dagrun  # noqa: F401
    from airflow.dag_processing.dagbag import DagBag
    from airflow.serialization.serialized_objects import DagSerialization

    before = set(sys.modules)
    sys.addaudithook(_note)
    bag = DagBag(folder)
    found = {
        "errors": bag.import_errors,
        "warnings": {path: [str(warning) for warning in found] for path, found in bag.captured_warnings.items()},
        "imported": sorted({name.split(".")[0] for name in set(sys.modules) - before}),
        "models_read": sorted(name.rpartition("/")[2] for name in OPENED),
        "dags": {dag_id: DagSerialization.to_dict(dag) for dag_id, dag in bag.dags.items()},
    }
    sys.stdout.write("\n" + json.dumps(found, sort_keys=True))


if __name__ == "__main__":
    main(sys.argv[1])
