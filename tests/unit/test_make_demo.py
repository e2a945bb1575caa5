"""`make demo` runs the demo here or in the containers: the commands that it would run."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).parents[2] / "Makefile"


@pytest.mark.parametrize(
    ("told", "command"),
    [
        ((), ".venv/bin/leeway demo"),
        (("ONCE=1",), ".venv/bin/leeway demo --once"),
        (("STACK=1",), "docker compose run --rm leeway demo"),
        (("STACK=1", "ONCE=1"), "docker compose run --rm leeway demo --once"),
    ],
)
def test_the_demo_runs_where_it_was_asked_to(told: tuple[str, ...], command: str) -> None:
    said = subprocess.run(
        ["make", "-n", "--no-print-directory", "demo", *told],
        cwd=MAKEFILE.parent,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert said.splitlines()[-1].strip() == command
