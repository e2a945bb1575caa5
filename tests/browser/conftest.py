"""A real Airflow with real models, and a real Chromium that looks at it.

Not part of ``make test``: it needs a Chromium (``LEEWAY_CHROMIUM`` names it) and some minutes. ``make browser`` runs it
and leaves a picture of everything it looked at in ``LEEWAY_PICTURES``, by default ``.leeway-pictures``.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from looking import Looking
from playwright.sync_api import sync_playwright

import tiny
from leeway.catalog import Catalog
from leeway.services.stack import Stack

REPO = Path(__file__).parents[2]
sys.path.insert(0, str(REPO))
FLEET = 500
ASKING = ("asking", "declining")
SMALL = ("tiny", *ASKING)
WINDOWS = 60
DAYS = 14


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """Three small models with a history of their own, two of whose challengers wait for a person."""
    folder = tmp_path_factory.mktemp("project")
    tiny.project(folder, days=DAYS, drift_from=9, gates=["beats_baseline"], policy={"kind": "every", "windows": 3})
    for name in ASKING:
        tiny.project(folder, days=DAYS, name=name, gates=["beats_baseline"], promotion="approval")
    return folder / "models"


@pytest.fixture(scope="session")
def stack(models):
    """The local stack with all models, their history written, and Airflow knowing their DAGs."""
    home = Path(tempfile.mkdtemp(prefix="leeway-"))
    os.environ.update(
        LEEWAY_AIRFLOW_PORT="0",
        LEEWAY_MLFLOW_PORT="0",
        LEEWAY_WARM="0",
        LEEWAY_MODELS=str(models),
        LEEWAY_HOME=str(home),
    )
    stack = Stack(home, repo=REPO)
    with stack.running():
        for name in SMALL:
            command = [sys.executable, "-m", "leeway", "run", "all", "--model", name]
            subprocess.run(command, check=True, env={**os.environ, **stack.env}, cwd=REPO)
        from benchmarks.fleet import seed

        seed(stack.catalog_url, models, count=FLEET, windows=WINDOWS)
        known(stack, 3 * (FLEET + len(SMALL)))
        yield stack
    shutil.rmtree(home, ignore_errors=True)


def known(stack, number):
    """Wait until Airflow has read the DAGs of all models."""
    from looking import until

    assert until(lambda: len([dag for dag in stack.client.dags() if not dag.startswith("leeway__")]) >= number, 600)


@pytest.fixture(scope="session")
def catalog(stack):
    found = Catalog(stack.catalog_url)
    yield found
    found.close()


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        path = os.environ.get("LEEWAY_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(params=["light", "dark"])
def theme(request):
    return request.param


@pytest.fixture
def looking(browser, stack):
    """A browser window of a person who is logged in; at its end nothing may have gone wrong in it."""
    with Looking.at(browser, stack) as window:
        yield window
        window.nothing_went_wrong()
