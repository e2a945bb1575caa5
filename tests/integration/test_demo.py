"""``leeway demo`` itself, on the first weeks of its year."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]
WEEKS = 11
LAST_DAY = "2013-03-18"

pytestmark = [pytest.mark.integration, pytest.mark.slow]


def interruptible():
    """A shell lets what it starts in the background ignore Ctrl-C, and so would everything below it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def leeway(home, *arguments, **options):
    env = os.environ | {"LEEWAY_HOME": str(home), "LEEWAY_MODELS": str(home / "models"), "COLUMNS": "200"}
    env |= {"LEEWAY_AIRFLOW_PORT": "0", "LEEWAY_MLFLOW_PORT": "0"}
    command = [sys.executable, "-m", "leeway", *arguments]
    return subprocess.Popen(
        command,
        cwd=REPO,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=interruptible,
        **options,
    )


def shorter_year(folder):
    """The demo's own models, but their schedules end in March."""
    shutil.copytree(REPO / "include" / "models", folder)
    for file in folder.glob("*.yaml"):
        text = file.read_text()
        assert "end: 2014-01-01" in text
        file.write_text(text.replace("end: 2014-01-01", f"end: {LAST_DAY}"))


def follow(process, until=None, seconds=900):
    """Everything the process says up to the line that has ``until`` in it, or to its end."""
    said = []
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    try:
        for line in process.stdout:
            said.append(line)
            if until is not None and until in line:
                break
    finally:
        timer.cancel()
    return "".join(said)


def answer(home, *arguments):
    """What a command says as JSON."""
    asked = leeway(home, *arguments, "--json")
    said = asked.communicate(timeout=600)[0]
    assert asked.returncode == 0, said
    return json.loads(said[said.index("{") :])


def in_one_process(home, sandbox):
    """The ledger of ``flights`` if its windows are replayed in this process's child, with a catalog of its own."""
    shutil.copytree(home / "models", sandbox / "models")
    shutil.copytree(home / "demo", sandbox / "demo")
    answer(sandbox, "migrate")
    answer(sandbox, "run", "all", "--model", "flights")
    return answer(sandbox, "history", "flights")


def test_the_demo_runs_its_windows_tells_its_story_and_serves_until_ctrl_c(tmp_path):
    home = tmp_path / "home"
    shorter_year(home / "models")
    demo = leeway(home, "demo")
    said = follow(demo, until="Serving until Ctrl-C")
    through_airflow = answer(home, "history", "flights")
    demo.send_signal(signal.SIGINT)
    said += follow(demo)
    assert demo.wait() == 130, said
    assert "no runs failed" in said
    assert f"{WEEKS}/{WEEKS}" in said
    assert "First training" in said
    assert "flights: champions" in said
    report = json.loads((home / "demo-report.json").read_text())
    assert report["failed_runs"] == 0
    assert [found["policy"] for found in report["models"]["flights"]] == ["never", "leeway", "every window"]
    assert through_airflow["decisions"]
    assert through_airflow == in_one_process(home, tmp_path / "sandbox")
