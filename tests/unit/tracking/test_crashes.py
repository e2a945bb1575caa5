"""kill -9 at every failpoint of this package, in a real process; a second try then ends as if nothing had happened."""

from __future__ import annotations

import multiprocessing
import os
import signal

import pytest

from leeway import failpoints
from leeway.tracking import Tracking
from leeway.tracking.runs import KEY

POINTS = ["tracking.run:1", "tracking.run:2", "tracking.artifacts:1", "tracking.registered:1", "tracking.alias:1"]
POINTS += ["tracking.aliased:1"]


def train(url, files):
    tracking = Tracking(url)
    parent = tracking.training_run("flights", "k", params={"seed": 1})
    tracking.candidate_run("flights", parent, "k/0", params={"depth": 3}, metrics={"loss": 0.1})
    uri = tracking.log_model(parent, files, columns={"x": "float"}, task="binary", requirements=[])
    version = tracking.register("flights", "t", uri, parent)
    tracking.set_alias("flights", "champion", version)
    tracking.finish(parent)
    return tracking, version


def train_and_die(url, files, fault):
    failpoints.reset()  # what other tests of this process have passed does not count
    os.environ["LEEWAY_FAULT"] = f"{fault}:kill"
    train(url, files)


@pytest.mark.parametrize("fault", POINTS)
def test_a_second_try_heals_what_a_killed_one_left(url, files, fault):
    import mlflow  # noqa: F401 - the child inherits it instead of importing it

    child = multiprocessing.get_context("fork").Process(target=train_and_die, args=(url, files, fault))
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL

    tracking, version = train(url, files)

    assert version == 1
    assert list(tracking.versions("flights")) == [1]
    assert tracking.alias("flights", "champion") == 1
    runs = tracking._client.search_runs([tracking._experiment("flights")])
    assert sorted(run.data.tags[KEY] for run in runs) == ["k", "k/0"]
    assert {run.info.status for run in runs} == {"FINISHED"}
    logged = tracking._client.search_logged_models([tracking._experiment("flights")])
    assert [str(model.status) for model in logged] == ["READY"]
