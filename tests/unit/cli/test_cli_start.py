from __future__ import annotations

import json
import os
import subprocess
import sys

import tiny

HEAVY = (
    "airflow",
    "mlflow",
    "pandas",
    "sklearn",
    "torch",
    "scipy",
    "optuna",
    "great_expectations",
    "evidently",
    "duckdb",
    "skops",
)
CALL = """
import json, sys
from leeway.cli.app import app
app(["--help"], standalone_mode=False)
app(["check"], standalone_mode=False)
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.stderr)
"""


def test_help_and_check_import_no_heavy_library(tmp_path):
    # Only a model that lists expectations needs Great Expectations to be checked.
    project = tiny.project(tmp_path, days=1, data={"expectations": []})
    done = subprocess.run(
        [sys.executable, "-c", CALL], env={**os.environ, **project.env}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "1 model is good: tiny" in done.stdout
    assert not set(HEAVY) & set(json.loads(done.stderr))


def test_the_program_is_a_module_too(tmp_path):
    command = [sys.executable, "-m", "leeway", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stdout.split()[0]) == (0, "leeway")
    assert not any(tmp_path.iterdir()), "asking for the version left something behind"
