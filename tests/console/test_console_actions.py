"""What people do on a model's page: what they are told first, what then happens, and whose name the ledger has."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path

import pytest
from console_kit import ON_PURPOSE

import histories
import tiny
from leeway.core import Verdict
from leeway.spec import load_spec
from leeway.stages.freeze import freeze
from leeway.stages.roll_back import roll_back

NEXT = tiny.day(histories.GROWN)
"""The first window of a grown model that is not decided."""


def preview(client, name, **query):
    answer = client.get(f"/api/models/tiny/actions/{name}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def act(client, name, **body):
    return client.post(f"/api/models/tiny/actions/{name}", json=body, headers=ON_PURPOSE)


def carried_out(client, name, **body):
    answer = act(client, name, **body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(client, name, **body):
    """The code with which an action is refused that cannot be now; the preview says the same."""
    told, answer = preview(client, name, **body), act(client, name, **body)
    assert not told["allowed"]
    assert answer.status_code == 409, answer.text
    error = answer.json()["error"]
    assert told["why_not"].casefold().startswith(error["message"].casefold())
    return error["code"]


def grown_once(prepare):
    """A history that is made once for all tests; each works on a copy."""

    @lru_cache(maxsize=1)
    def made():
        folder = Path(tempfile.mkdtemp(prefix="leeway-acting-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return prepare(folder)

    return made


@grown_once
def with_a_challenger(folder):
    """v1 passed every gate, and waits for a person."""
    project = tiny.project(folder, days=8, gates=["beats_baseline"], promotion="approval")
    histories.advance_to(project, [4])
    return project


@grown_once
def with_two_champions(folder):
    """v1 served, and v2 does."""
    project = histories.hurried(folder, days=6)
    histories.advance_to(project, [4])
    return project


@pytest.fixture
def waiting(serve, tmp_path):
    return serve(histories.copied(with_a_challenger(), tmp_path))


def the_only_run(served, purpose):
    (run,) = served.airflow.queued(f"tiny__{purpose}")
    return run


def test_a_freeze_is_in_the_ledger_under_the_persons_name(served, user, viewer):
    told = preview(user, "freeze")
    assert told["allowed"]
    assert told["sentence"].startswith("v1 goes on scoring, and nothing is retrained")
    assert told["sentence"].endswith(f"by itself, from the window {NEXT} on.")
    assert preview(viewer, "freeze")["why_not"] == "You may not start runs of tiny__promotion."

    done = carried_out(user, "freeze", reason="an audit")
    assert done == {"done": f"tiny is frozen, from the window {NEXT} on.", "dag_run": None}
    frozen = served.ws.catalog.frozen("tiny")
    assert (frozen.by, frozen.reason, frozen.frozen) == ("user", "an audit", True)
    assert refused(user, "freeze") == "ACT001"

    assert preview(user, "unfreeze")["consequences"][0] == "It was frozen by user: an audit"
    carried_out(user, "unfreeze", reason="the audit is over")
    assert not served.ws.catalog.is_frozen("tiny")
    assert refused(user, "unfreeze") == "ACT001"


def test_the_first_champion_has_nobody_to_go_back_to(served, user):
    assert refused(user, "roll_back", reason="it is bad") == "LWY010"
    assert served.airflow.queued("tiny__promotion") == []


def test_a_roll_back_is_done_by_a_run_that_the_person_started(serve, user, tmp_path):
    served = serve(histories.copied(with_two_champions(), tmp_path))
    start = served.ws.catalog.takes_effect("tiny", not_before=tiny.day(0).start)
    told = preview(user, "roll_back")
    window = served.spec.schedule.window_at(start)
    assert told["sentence"] == f"v1 returns and scores from the window {window} on; v2 serves no longer."
    assert told["confirm"] == "Roll back to v1"
    assert "tiny__promotion is paused: nothing happens until somebody unpauses it." in told["consequences"]

    done = carried_out(user, "roll_back", reason="it is bad")
    run = the_only_run(served, "promotion")
    assert done["dag_run"] == {"dag_id": "tiny__promotion", "run_id": run.run_id}
    assert run.conf == {"action": "roll_back", "version": 1, "reason": "it is bad"}
    assert run.go().state == "success"
    back = served.ws.catalog.promotions("tiny")[-1]
    assert (back.to_version, back.by, back.reason, back.effective_from) == (1, "user", "it is bad", start)


def test_a_roll_back_after_the_schedules_end_says_that_no_window_comes(serve, user, tmp_path):
    project = histories.copied(with_two_champions(), tmp_path)
    file = project.spec.path
    file.write_text(file.read_text().replace("end: 2024-01-07", "end: 2024-01-06"))
    serve(tiny.Project(project.settings, load_spec(file)))
    told = preview(user, "roll_back")
    assert "from 2024-01-06T00:00Z on (the schedule is over: it has no window there)" in told["sentence"]


def asked(served):
    run = served.airflow.by_hand("tiny__promotion", {"action": "approve", "version": 1}).go()
    assert run.states["ask"] == "awaiting_input"
    return run


def test_an_approval_answers_the_run_that_asks(waiting, user):
    run = asked(waiting)
    told = preview(user, "approve", version=1)
    assert told["sentence"] == f"v1 is the first champion and scores from the window {tiny.day(5)} on."
    done = carried_out(user, "approve", version=1, comment="looks good")
    assert done["dag_run"] == {"dag_id": "tiny__promotion", "run_id": run.run_id}
    assert waiting.ws.catalog.champion("tiny") is None, "the run does it, not the page"

    assert refused(user, "approve", version=1) == "ACT002"
    assert run.go().state == "success"
    (promotion,) = waiting.ws.catalog.promotions("tiny")
    assert (promotion.to_version, promotion.by) == (1, "user")
    assert promotion.reason.endswith("user: looks good")
    assert refused(user, "reject", version=1) == "CAT111"


def test_a_rejection_answers_the_run_that_asks(waiting, user):
    run = asked(waiting)
    carried_out(user, "reject", version=1, comment="too young")
    assert run.go().state == "success"
    rejected = waiting.ws.catalog.evaluations("tiny")[-1]
    assert (rejected.verdict, rejected.sentence) == (Verdict.REJECT, "Rejected by user: too young")


def test_an_approval_waits_for_a_run_that_has_not_asked_yet(waiting, user):
    run = waiting.airflow.by_hand("tiny__promotion", {"action": "approve", "version": 1})
    assert refused(user, "approve", version=1) == "ACT002"
    run.go()
    assert preview(user, "approve", version=1)["allowed"]


def test_where_no_run_asks_the_answer_is_carried_out_at_once(waiting, user, viewer):
    assert act(viewer, "approve", version=1).status_code == 403
    done = carried_out(user, "approve", version=1, comment="nobody asked")
    assert done == {"done": "v1 is approved.", "dag_run": None}
    (promotion,) = waiting.ws.catalog.promotions("tiny")
    assert (promotion.to_version, promotion.by) == (1, "user")


def test_only_the_version_that_waits_can_be_approved(waiting, user):
    assert refused(user, "approve", version=7) == "CAT111"
    assert act(user, "approve").status_code == 422
    assert act(user, "approve", version=1, force=True).status_code == 422


def test_a_retrain_names_the_person_who_asked_for_it(served, user):
    told = preview(user, "retrain", why="new campaign")
    assert told["sentence"].startswith("1 trainer learns from what was known")
    carried_out(user, "retrain", why="new campaign")
    run = the_only_run(served, "training")
    assert run.conf == {"reasons": ["requested"], "why": "new campaign"}
    assert run.go().state == "success"
    newest = served.ws.catalog.evaluations("tiny")[-1]
    assert newest.request == f"user:{run.run_id}"
    assert newest.as_of == tiny.day(histories.GROWN - 1).end


def test_nothing_can_be_retrained_before_something_is_decided(serve, user, tmp_path):
    serve(tiny.project(tmp_path, days=3))
    assert refused(user, "retrain") == "SPEC057"
    assert refused(user, "backtest") == "BKT003"


def test_a_backfill_tells_what_it_will_and_will_not_change(served, user):
    told = preview(user, "backfill", since="2024-01-06", until="2024-01-09")
    assert told["sentence"] == "4 windows of tiny are run, from 2024-01-06T00:00Z to 2024-01-10T00:00Z."
    assert told["consequences"][:2] == [
        "2 windows after the last decided one: scored, decided, retrained and promoted as the schedule would have done "
        "it, one after another.",
        "2 windows decided already: measured again with what is known now. No decision, promotion or alert of theirs "
        "changes.",
    ]
    done = carried_out(user, "backfill", since="2024-01-06", until="2024-01-09")
    assert done["done"] == "A backfill of 4 windows has begun."
    assert len(served.airflow.queued("tiny__monitoring")) == 4
    assert refused(user, "backfill", since="2024-01-06", until="2024-01-09") == "ACT004"


def test_a_backfill_leaves_windows_alone_that_have_a_run(served, user):
    for number in (5, 6):
        served.airflow.scheduled("tiny__monitoring", tiny.day(number)).go()
    told = preview(user, "backfill", since="2024-01-06", until="2024-01-08")
    assert told["sentence"].startswith("1 window of tiny is run")
    assert "2 windows with a run are left alone." in told["consequences"]
    assert refused(user, "backfill", since="2024-01-06", until="2024-01-07") == "ACT003"
    assert preview(user, "backfill", since="2024-01-06", until="2024-01-07", reprocess="completed")["allowed"]


def test_a_backfill_of_days_without_windows_is_refused(served, user):
    assert refused(user, "backfill", since="2023-01-01", until="2023-02-01") == "ACT003"
    assert refused(user, "backfill", since="2024-03-01", until="2024-04-01") == "ACT003"


def test_the_run_of_a_backfill_has_the_persons_name(served, user):
    from airflow.models import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    carried_out(user, "backfill", since="2024-01-08", until="2024-01-08")
    with create_session() as session:
        names = session.scalars(select(DagRun.triggering_user_name).where(DagRun.dag_id == "tiny__monitoring"))
        assert set(names) == {"user"}


def test_a_challenger_of_a_frozen_model_serves_when_a_person_approves_it(serve, user, tmp_path):
    served = serve(histories.copied(with_two_champions(), tmp_path))
    carried_out(user, "freeze", reason="an audit")
    trained = served.airflow.by_hand("tiny__training").go()
    assert (trained.state, trained.states["promote"]) == ("success", "skipped")

    told = preview(user, "approve", version=3)
    assert told["sentence"].startswith("v3 replaces v2")
    assert "The model is frozen, and stays so: only what you approve changes who serves." in told["consequences"]
    carried_out(user, "approve", version=3)
    assert served.ws.catalog.champion("tiny") == 3
    assert served.ws.catalog.is_frozen("tiny")


def test_what_the_challenger_was_compared_with_has_to_serve_still(serve, user, tmp_path):
    served = serve(histories.copied(with_two_champions(), tmp_path))
    freeze(served.ws, served.spec, by="ann", reason="an audit")
    served.airflow.by_hand("tiny__training").go()
    roll_back(served.ws, served.spec, by="ann")
    assert refused(user, "approve", version=3) == "CAT100"
    assert preview(user, "reject", version=3)["allowed"]
