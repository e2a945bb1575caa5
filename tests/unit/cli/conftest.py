"""A command line to call in this process, and a model that has been kept for a week."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from typer.testing import CliRunner

import tiny
from leeway.cli.app import app
from leeway.settings import settings

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kept(NamedTuple):
    """A model after a week, and what ``leeway run all --json`` said when the week had been replayed."""

    project: tiny.Project
    said: dict[str, Any]


@pytest.fixture(autouse=True)
def forget_settings():
    """The settings of a test's project are not those of the next test."""
    yield
    settings.cache_clear()


def call(env: Mapping[str, str | None], *arguments: str) -> Any:
    """Run ``leeway`` as a terminal would; an exception that it lets through fails the test."""
    clean = dict.fromkeys(("LEEWAY_DEBUG", "LEEWAY_CATALOG_URL", "LEEWAY_MLFLOW_URL", "LEEWAY_STORE_URL"))
    return CliRunner(env={**clean, **env}).invoke(app, arguments, catch_exceptions=False)


def asked(env: Mapping[str, str | None], *arguments: str) -> dict[str, Any]:
    """What a command answers to a machine: all of its stdout has to be one JSON object."""
    result = call(env, *arguments, "--json")
    answer = json.loads(result.stdout)
    assert isinstance(answer, dict)
    return answer


@pytest.fixture(scope="session")
def leeway():
    """The program: ``leeway(project.env, "status", "tiny")``."""
    return call


@pytest.fixture(scope="session")
def ask():
    """The program, asked by a machine."""
    return asked


@pytest.fixture(scope="session")
def kept(tmp_path_factory):
    """A model that is retrained after every window, through a week that ends with drift."""
    project = tiny.project(
        tmp_path_factory.mktemp("kept"),
        days=9,
        drift_from=6,
        policy={"kind": "every", "windows": 1},
        gates=["beats_baseline"],
    )
    project.workspace()
    return Kept(project, asked(project.env, "run", "all", "-m", "tiny", "--until", "2024-01-07"))
