from __future__ import annotations

import json

import pytest

import tiny
from leeway.cli.options import _version
from leeway.errors import SpecError


def test_a_mistake_ends_with_one_block_and_exit_2(tmp_path, leeway):
    result = leeway(tiny.project(tmp_path, days=1).env, "history", "tinny")
    assert (result.exit_code, result.stdout) == (2, "")
    said = " ".join(result.stderr.replace("│", " ").split())
    assert "SPEC007" in said
    assert "Did you mean 'tiny'?" in said
    assert "Traceback" not in said


def test_a_mistake_is_json_where_json_was_asked_for(tmp_path, leeway):
    result = leeway(tiny.project(tmp_path, days=1).env, "history", "tinny", "--json")
    error = json.loads(result.stdout)["error"]
    assert (result.exit_code, result.stderr, set(error)) == (2, "", {"code", "message", "where", "do"})


def test_debug_lets_the_error_through(tmp_path, leeway):
    with pytest.raises(SpecError):
        leeway({**tiny.project(tmp_path, days=1).env, "LEEWAY_DEBUG": "1"}, "history", "tinny")


@pytest.mark.parametrize(
    ("window", "code"),
    [("someday", "SPEC056"), ("2023-12-31", "SPEC055"), ("2024-01-02", "SPEC055")],
)
def test_a_window_that_is_none_is_refused(tmp_path, ask, window, code):
    env = tiny.project(tmp_path, days=1).env
    assert ask(env, "run", "ingest", "-m", "tiny", "-w", window)["error"]["code"] == code


def test_a_window_that_is_not_over_is_refused(tmp_path, ask):
    env = tiny.project(tmp_path, days=1, schedule={"end": "2199-01-01"}).env
    assert ask(env, "run", "ingest", "-m", "tiny", "-w", "2198-12-31")["error"]["code"] == "TRN012"


def test_a_stage_before_its_turn_is_refused(tmp_path, ask):
    project = tiny.project(tmp_path, days=2)
    project.workspace()
    for stage in ("score", "measure", "decide"):
        error = ask(project.env, "run", stage, "-m", "tiny", "-w", "2024-01-02")["error"]
        assert error["code"] == "TRN010"


def test_what_the_system_refuses_is_said_without_a_traceback(tmp_path, leeway):
    project = tiny.project(tmp_path, days=1)
    project.settings.home.write_text("a file where a folder should be")
    result = leeway(project.env, "status")
    assert (result.exit_code, "LWY020" in result.stderr) == (2, True)


def test_a_wrong_variable_is_named_and_its_value_is_not(tmp_path, leeway):
    result = leeway({**tiny.project(tmp_path, days=1).env, "LEEWAY_THREADS": "s3cret"}, "status")
    assert result.exit_code == 2
    assert "LEEWAY_THREADS" in result.stderr
    assert "s3cret" not in result.stderr


def test_ctrl_c_ends_quietly_with_130(tmp_path, leeway):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "tiny.py").write_text("raise KeyboardInterrupt\n")
    project = tiny.project(tmp_path, days=1, data={"features": "tiny.py:features"})
    result = leeway(project.env, "check")
    assert (result.exit_code, result.stdout, result.stderr) == (130, "", "")


def test_options_before_the_command_say_where_things_are(tmp_path, leeway, monkeypatch):
    project = tiny.project(tmp_path, days=1)
    monkeypatch.setenv("LEEWAY_MODELS", "nowhere")
    monkeypatch.setenv("LEEWAY_HOME", "nowhere")
    result = leeway({}, "--home", str(project.settings.home), "--models", str(project.settings.models), "check")
    assert (result.exit_code, result.stdout) == (0, "1 model is good: tiny\n")


def test_names_are_shown_literally_whatever_they_hold(tmp_path, leeway):
    result = leeway(tiny.project(tmp_path, days=1).env, "history", "[red]tiny[/red]")
    assert "[red]tiny[/red]" in result.stderr


@pytest.mark.parametrize("text", ["7", "v7"])
def test_versions_are_written_either_way(text):
    assert _version(text) == 7
