"""A process dies at every write point, one after another; what was begun is then finished as if nothing had happened.

The work is one window with everything: ingest, publish, score, measure, decide, and a retrain that is promoted. Each
fault hits the state that the faults before it have left. The promotion is the last thing that is written, so its faults
start from copies of the state before it.
"""

from __future__ import annotations

import os
import signal
import tempfile
from datetime import timedelta

import pytest

import histories
from leeway import failpoints
from leeway.dataset import served_model
from leeway.errors import LeewayError
from leeway.stages.reconcile import reconcile
from leeway.stages.verify import verify

LAST = 4
FAULTS = [
    "store.write:1",  # the rows
    "store.rename:1",
    "store.renamed:1",
    "catalog.publish:1",  # the labels
    "catalog.published:1",
    "catalog.publish:2",  # the rows, then the predictions and the profile
    "catalog.published:3",
    "catalog.publish:4",
    "catalog.measure:1",
    "catalog.measured:1",
    "tracking.run:1",  # of the window
    "ledger.append:1",  # the decision
    "ledger.appended:1",
    "catalog.snapshot:1",
    "tracking.run:1",  # of the training
    "tracking.run:1",  # of a candidate
    "tracking.artifacts:1",
    "tracking.registered:1",
    "catalog.version:1",
    "catalog.versioned:1",
    "ledger.append:1",  # the evaluation
    "ledger.appended:1",
]
"""In the order in which the work comes by; what an earlier try has finished is not passed again."""
OF_PROMOTION = ["ledger.append:1", "ledger.appended:1", "tracking.alias:1", "tracking.aliased:1"]


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A model with a champion, before its last window; not to be changed."""
    project = histories.hurried(tmp_path_factory.mktemp("begun"))
    histories.advance_to(project, [LAST - 1])
    return project


@pytest.fixture(scope="module")
def undisturbed(begun, tmp_path_factory):
    """What the work gives without a fault: the catalog and the files."""
    project = histories.copied(begun, tmp_path_factory.mktemp("undisturbed") / "copy")
    ws = histories.advance_to(project, [LAST])
    assert ws.catalog.champion("tiny") == 2
    return histories.contents(ws), histories.stored(project)


@pytest.fixture(scope="module", params=["kill", "raise"])
def mode(request):
    return request.param


@pytest.fixture(scope="module")
def hit(begun, undisturbed, mode, tmp_path_factory):
    """The model that is hit by one fault after another."""
    return histories.copied(begun, tmp_path_factory.mktemp(mode) / "copy")


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path, monkeypatch):
    """`reconcile` clears away temporary folders; here also young ones, so they must not be those of somebody else."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def work_until(project, fault, mode, monkeypatch):
    """Do the work until the fault ends it."""
    if mode == "kill":
        child = histories.FORK.Process(target=_work, args=(project, f"{fault}:kill"))
        child.start()
        child.join(120)
        assert child.exitcode == -signal.SIGKILL, "the failpoint was not passed"
        return
    with monkeypatch.context() as patched:
        patched.setenv("LEEWAY_FAULT", f"{fault}:raise")
        failpoints.reset()
        with pytest.raises((OSError, LeewayError), match=r"failpoint|nput/output error"):
            histories.advance_to(project, [LAST])


def _work(project, fault):
    os.environ["LEEWAY_FAULT"] = fault
    failpoints.reset()
    histories.advance_to(project, [LAST])


def assert_nothing_is_half_there(project, *, champions=(1,)):
    """Every hash fits, and the champion that MLflow names loads."""
    ws = project.workspace()
    assert verify(ws, project.spec) == []
    champion = ws.tracking.alias("tiny", "champion")
    assert champion in champions
    served_model(ws, project.spec, champion)


def assert_all_is_well(project, undisturbed):
    """The work is done, and nothing tells that it was disturbed."""
    ws = project.workspace()
    reconcile(ws, project.spec, older_than=timedelta(0))
    assert_nothing_is_half_there(project, champions=[2])
    assert (histories.contents(ws), histories.stored(project)) == undisturbed
    keys = [tags["leeway.train_key"] for tags in ws.tracking.versions("tiny").values()]
    assert len(keys) == len(set(keys)) == 2
    runs = histories.runs(ws)
    assert len({key for key, _, _ in runs}) == len(runs)
    assert {status for _, status, _ in runs} == {"FINISHED"}


def test_every_failpoint_is_tried():
    assert {fault.partition(":")[0] for fault in FAULTS + OF_PROMOTION} == set(failpoints.FAILPOINTS)


@pytest.mark.parametrize("place", range(len(FAULTS)), ids=lambda place: f"{place:02}-{FAULTS[place]}")
def test_a_fault_leaves_nothing_half_there(hit, mode, monkeypatch, place):
    work_until(hit, FAULTS[place], mode, monkeypatch)
    assert_nothing_is_half_there(hit)


@pytest.mark.parametrize("fault", OF_PROMOTION)
def test_a_fault_in_the_promotion_leaves_a_champion_and_is_made_good(
    hit, undisturbed, mode, monkeypatch, tmp_path, fault
):
    project = histories.copied(hit, tmp_path / "copy")
    work_until(project, fault, mode, monkeypatch)
    assert_nothing_is_half_there(project, champions=[1, 2])
    histories.advance_to(project, [LAST])
    assert_all_is_well(project, undisturbed)


def test_after_all_faults_the_work_is_finished_as_if_nothing_had_happened(hit, undisturbed):
    histories.advance_to(hit, [LAST])
    assert_all_is_well(hit, undisturbed)
