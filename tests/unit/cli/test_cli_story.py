"""What the commands say of a model that was kept for a week, and what they change. In the order of a person's day."""

from __future__ import annotations

import getpass

import pytest

import tiny
from leeway.facts.explanation import differences


def test_run_all_decides_every_window_up_to_the_given_one(kept):
    windows = [decision["window_start"] for decision in kept.said["decisions"]]
    assert windows == [f"2024-01-0{number}T00:00:00Z" for number in range(1, 8)]
    assert kept.said["champion"] == 3


def test_run_all_again_finds_nothing_to_do(kept, ask):
    assert ask(kept.project.env, "run", "all", "-m", "tiny", "--until", "2024-01-07")["decisions"] == []


def test_status_says_who_serves_and_when_the_next_run_is(kept, ask):
    (found,) = ask(kept.project.env, "status", "tiny")["models"]
    assert found["champion"] == {"version": 3, "effective_from": "2024-01-08T00:00:00Z", "windows": 0}
    assert found["decision"]["action"] == "retrain"
    assert "amount" in {signal["subject"] for signal in found["flagged"]}
    assert found["next_window"] == {"start": "2024-01-08T00:00:00Z", "end": "2024-01-09T00:00:00Z"}
    assert (found["open_retrain"], found["waiting_challenger"]) == (None, None)


def test_history_has_the_documented_keys(kept, ask):
    told = ask(kept.project.env, "history", "tiny")
    assert set(told) == {"model", "decisions", "evaluations", "promotions", "freezes"}
    decision = {"window_start", "window_end", "action", "reasons", "sentence", "champion", "policy", "evidence"}
    assert {frozenset(found) for found in told["decisions"]} == {frozenset(decision)}
    promotion = {"effective_from", "from_version", "to_version", "kind", "reason", "by"}
    assert {frozenset(found) for found in told["promotions"]} == {frozenset(promotion)}
    assert [found["to_version"] for found in told["promotions"]] == [1, 2, 3]


def test_history_between_two_days_leaves_out_what_is_before_and_after(kept, ask):
    told = ask(kept.project.env, "history", "tiny", "--from", "2024-01-05", "--to", "2024-01-05")
    assert [found["window_start"] for found in told["decisions"]] == ["2024-01-05T00:00:00Z"]
    assert [found["challenger"] for found in told["evaluations"]] == [1]
    assert [found["to_version"] for found in told["promotions"]] == [1]


def test_explain_tells_why_and_what_came_of_it(kept, ask):
    told = ask(kept.project.env, "explain", "tiny", "--window", "2024-01-07")
    assert told["champion"] == 2
    assert told["signals"][0]["flagged"]
    flags = [signal["flagged"] for signal in told["signals"]]
    assert flags == sorted(flags, reverse=True)
    assert [found["challenger"] for found in told["evaluations"]] == [3]
    assert [found["to_version"] for found in told["promotions"]] == [3]
    assert {"monitoring run", "data docs", "training run"} == {link["what"] for link in told["links"]}
    assert told["changes"] == []


def test_explain_links_to_the_pages_of_runs_without_asking_mlflow(kept, ask):
    nobody = "http://ann:s3cret@127.0.0.1:9"
    told = ask({**kept.project.env, "LEEWAY_MLFLOW_URL": nobody}, "explain", "tiny", "--window", "2024-01-07")
    urls = {link["what"]: link["url"] for link in told["links"]}
    runs = {link["what"]: link["mlflow_run"] for link in told["links"] if "mlflow_run" in link}
    assert urls == {"data docs": None, **{what: f"http://127.0.0.1:9/#/runs/{run}" for what, run in runs.items()}}
    assert set(runs) == {"monitoring run", "training run"}


def test_explain_of_an_unknown_window_says_so(kept, ask):
    assert ask(kept.project.env, "explain", "tiny", "-w", "2024-01-08")["error"]["code"] == "CAT023"


@pytest.mark.parametrize("command", [("status",), ("history", "tiny"), ("explain", "tiny", "-w", "2024-01-07")])
def test_no_line_for_people_is_longer_than_100_columns(kept, leeway, command):
    result = leeway(kept.project.env, *command)
    assert result.exit_code == 0
    assert max(len(line) for line in result.stdout.splitlines()) <= 100


def test_measuring_a_decided_window_again_is_shown_beside_the_decision_which_stands(kept, ask):
    env, window = kept.project.env, ("-m", "tiny", "-w", "2024-01-02")
    before = ask(env, "explain", "tiny", "-w", "2024-01-02")["decision"]
    kept.project.file(1).write_text(tiny.rows(1, count=60))
    assert ask(env, "run", "validate", *window)["result"]["rows"] == 60
    assert ask(env, "run", "measure", *window)["result"]["revision"] == 2
    told = ask(env, "explain", "tiny", "-w", "2024-01-02")
    assert told["decision"] == before
    assert {"what": "rows", "before": 40, "after": 60} in told["changes"]
    assert ask(env, "run", "decide", *window)["result"]["action"] == before["action"]


def test_a_measurement_does_not_differ_from_itself(kept):
    measurement = kept.project.workspace().catalog.measurement("tiny", tiny.day(6))
    assert measurement is not None
    assert differences(measurement, measurement) == []


def test_a_retrain_by_hand_says_who_asked(kept, ask):
    told = ask(kept.project.env, "run", "retrain", "-m", "tiny", "--as-of", "2024-01-07")["evaluation"]
    assert told["request"].startswith(f"cli:{getpass.getuser()}:")
    assert told["reasons"] == ["requested"]


def test_rollback_lets_an_earlier_champion_serve_and_names_who_did_it(kept, ask):
    told = ask(kept.project.env, "rollback", "tiny", "--to", "v1", "--reason", "complaints")["promotion"]
    assert (told["to_version"], told["kind"], told["reason"]) == (1, "rollback", "complaints")
    assert told["by"] == getpass.getuser()
    assert ask(kept.project.env, "rollback", "tiny", "--to", "9")["error"]["code"] == "LWY011"


def test_run_window_goes_on_with_the_champion_of_now(kept, ask):
    told = ask(kept.project.env, "run", "window", "-m", "tiny", "-w", "2024-01-08")
    assert [found["champion"] for found in told["decisions"]] == [1]


def test_verify_finds_a_changed_byte(kept, leeway, ask):
    env = kept.project.env
    assert leeway(env, "verify").exit_code == 0
    raw = kept.project.workspace().catalog.all_partitions("tiny")[0]
    file = kept.project.settings.home / "store" / raw.location
    intact = file.read_bytes()
    file.write_bytes(intact[:-1] + bytes([intact[-1] ^ 1]))
    try:
        assert leeway(env, "verify", "tiny").exit_code == 1
        (found,) = ask(env, "verify")["models"]
        assert len(found["findings"]) == 1
    finally:
        file.write_bytes(intact)


def test_reconcile_brings_a_moved_alias_back(kept, ask):
    ws = kept.project.workspace()
    ws.tracking.set_alias("tiny", "champion", 2)
    champion = ws.catalog.champion("tiny")
    (found,) = ask(kept.project.env, "reconcile", "tiny")["models"]
    assert any("champion" in sentence for sentence in found["findings"])
    assert ws.tracking.alias("tiny", "champion") == champion


def test_a_challenger_that_waits_is_approved_once_by_a_person(tmp_path, ask):
    project = tiny.project(tmp_path, days=6, promotion="approval", gates=["beats_baseline"])
    project.workspace()
    env = project.env
    ask(env, "run", "all", "-m", "tiny", "--until", "2024-01-05")
    assert ask(env, "status", "tiny")["models"][0]["waiting_challenger"] == 1
    assert ask(env, "approve", "tiny", "2")["error"]["code"] == "CAT022"
    approved = ask(env, "approve", "tiny", "v1")["promotion"]
    assert (approved["to_version"], approved["by"]) == (1, getpass.getuser())
    assert ask(env, "approve", "tiny", "v1")["promotion"] == approved
    assert ask(env, "reject", "tiny", "v1")["error"]["code"] == "CAT111"
    assert ask(env, "status", "tiny")["models"][0]["waiting_challenger"] is None


def test_a_challenger_that_was_rejected_cannot_be_approved(tmp_path, ask):
    project = tiny.project(tmp_path, days=6, promotion="approval", gates=["beats_baseline"])
    project.workspace()
    env = project.env
    ask(env, "run", "all", "-m", "tiny", "--until", "2024-01-05")
    assert ask(env, "reject", "tiny", "1") == {"model": "tiny", "rejected": 1, "champion": None}
    assert ask(env, "reject", "tiny", "1") == {"model": "tiny", "rejected": 1, "champion": None}
    assert ask(env, "approve", "tiny", "1")["error"]["code"] == "CAT111"
