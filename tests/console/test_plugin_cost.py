"""Every task process imports Airflow's plugins: what leeway's brings into it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOAD = """
import json, sys
import airflow.sdk.execution_time.task_runner
from airflow.sdk.plugins_manager import _get_plugins, integrate_macros_plugins

before = set(sys.modules)
integrate_macros_plugins()
plugins, errors = _get_plugins()
assert not errors, errors
print()
print(json.dumps({"plugins": [plugin.name for plugin in plugins], "modules": sorted(set(sys.modules) - before)}))
"""


def loaded(plugins):
    done = subprocess.run(
        [sys.executable, "-c", LOAD],
        env={**os.environ, "AIRFLOW__CORE__PLUGINS_FOLDER": str(plugins)},
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_a_task_process_imports_nothing_for_the_page(tmp_path):
    page, none = loaded(ROOT / "plugins"), loaded(tmp_path)
    assert "leeway" in page["plugins"]
    added = set(page["modules"]) - set(none["modules"])
    airflows = {name for name in added if name.startswith("airflow.")}
    assert added - airflows == {"leeway", "leeway.console", "leeway.console.mount", "leeway_plugin"}
    assert all("plugins_manager" in name for name in airflows), "where Airflow keeps the class of plugins"
