"""Several at once: a try that was overtaken cannot publish, and of several outcomes one is recorded."""

from __future__ import annotations

import dataclasses

import pytest

import histories
import tiny
from leeway.core import Reason, Verdict
from leeway.errors import ConflictError, FencedError
from leeway.recipes import recipes
from leeway.stages.evaluate import evaluate
from leeway.stages.ingest import ingest
from leeway.stages.measure import measure
from leeway.stages.promote import promote
from leeway.stages.score import score
from leeway.stages.snapshot import snapshot
from leeway.stages.train import train
from leeway.stages.validate import validate
from leeway.stages.verify import verify
from leeway.store import Store

WINDOW = tiny.day(histories.GROWN - 1)


class SlowStore(Store):
    """A store in which, before the first bytes are read, a newer try of the same task does all of its work."""

    def __init__(self, root, newer_try):
        super().__init__(root)
        self.newer_try = newer_try

    def get_bytes(self, location, version):
        newer_try, self.newer_try = self.newer_try, None
        if newer_try:
            newer_try()
        return super().get_bytes(location, version)


@pytest.fixture
def project(tmp_path):
    return histories.copied(histories.grown(), tmp_path)


@pytest.fixture
def ws(project):
    return project.workspace()


@pytest.mark.parametrize("stage", ["validate", "score", "measure"])
def test_a_try_that_was_overtaken_cannot_publish(project, ws, stage):
    delivered = ingest(ws, project.spec, WINDOW)
    work = {
        "validate": lambda ws: validate(ws, project.spec, WINDOW, delivered),
        "score": lambda ws: score(ws, project.spec, WINDOW),
        "measure": lambda ws: measure(ws, project.spec, WINDOW),
    }[stage]
    overtaken = []

    def newer_try():
        work(ws)
        overtaken.append(histories.contents(ws))

    slow = dataclasses.replace(ws, store=SlowStore(project.settings.store, newer_try))
    with pytest.raises(FencedError, match="a newer try has taken over"):
        work(slow)
    assert overtaken == [histories.contents(ws)]


def trained(ws, spec, request):
    """A job with its candidates, ready to be evaluated."""
    job = snapshot(ws, spec, ws.catalog.head("tiny").end, reasons=(Reason.REQUESTED,), request=request)
    return job, [train(ws, spec, job, candidate) for candidate in recipes(spec, ws.catalog.snapshot(job.snapshot))]


def at_once(move, *arguments):
    """Call a function in two processes at the same time; give what each of them said."""
    barrier, said = histories.FORK.Barrier(2), histories.FORK.Queue()
    racers = [histories.FORK.Process(target=_racer, args=(barrier, said, move, each)) for each in arguments]
    for racer in racers:
        racer.start()
    words = [said.get(timeout=60) for _ in racers]
    for racer in racers:
        racer.join(60)
    return sorted(words)


def _racer(barrier, said, move, argument):
    barrier.wait(60)
    try:
        said.put(move(argument))
    except ConflictError:
        said.put("lost")


def test_of_two_processes_that_evaluate_one_job_one_records_the_outcome(project, ws):
    job, results = trained(ws, project.spec, "twice")
    ws.catalog.close()
    words = at_once(lambda _: str(evaluate(project.workspace(), project.spec, job, results).verdict), 1, 2)
    assert words in (["lost", "promote"], ["promote", "promote"])
    assert len(ws.catalog.evaluations("tiny")) == 2
    keys = [tags["leeway.train_key"] for tags in ws.tracking.versions("tiny").values()]
    assert keys.count(job.key) == 1
    assert verify(ws, project.spec) == []


def test_of_two_challengers_of_one_champion_one_is_promoted(project, ws):
    jobs = [trained(ws, project.spec, request) for request in ("one", "two")]
    evaluations = [evaluate(ws, project.spec, *each) for each in jobs]
    assert [(each.verdict, each.champion) for each in evaluations] == [(Verdict.PROMOTE, 1)] * 2
    ws.catalog.close()
    words = at_once(lambda each: str(promote(project.workspace(), project.spec, each).to_version), *evaluations)
    assert words[1] == "lost"
    promoted = ws.catalog.promotions("tiny")[1:]
    assert [str(promotion.to_version) for promotion in promoted] == words[:1]
    assert ws.tracking.alias("tiny", "champion") == promoted[0].to_version
