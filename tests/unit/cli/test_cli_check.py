from __future__ import annotations

import json
import subprocess
import sys

import jsonschema
import pytest
import yaml

import tiny


def problems(ask, project):
    return ask(project.env, "check")["problems"]


def test_good_models_are_named_and_exit_is_0(tmp_path, leeway, ask):
    project = tiny.project(tmp_path, days=1)
    assert leeway(project.env, "check").stdout == "1 model is good: tiny\n"
    assert ask(project.env, "check") == {"good": ["tiny"], "problems": []}


def test_all_problems_of_all_files_are_said_at_once(tmp_path, leeway, ask):
    project = tiny.project(tmp_path, days=1)
    models = project.settings.models
    text = (models / "tiny.yaml").read_text()
    (models / "first.yaml").write_text(
        text.replace("name: tiny", "name: first").replace("task: binary", "task: guessing")
    )
    (models / "second.yaml").write_text(
        text.replace("name: tiny", "name: second")
        .replace("trials: 1", "trails: 1")
        .replace("kind: files", "kind: flies")
    )
    (models / "third.yml").write_text(text)
    result = leeway(project.env, "check")
    assert result.exit_code == 1
    for said in ("first.yaml:", "guessing", "second.yaml:", "trails", "Did you mean 'trials'?", "flies", "third.yml"):
        assert said in result.stdout
    assert "good models: tiny" in result.stdout
    files = {problem["where"]["file"].rpartition("/")[2].partition(":")[0] for problem in problems(ask, project)}
    assert files == {"first.yaml", "second.yaml", "third.yml"}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def other(raw):\n    return raw\n", "there is no function 'features'"),
        ("import a_package_that_does_not_exist\n", "cannot be imported"),
    ],
)
def test_the_features_file_is_imported_and_its_function_looked_for(tmp_path, ask, code, said):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "tiny.py").write_text(code)
    project = tiny.project(tmp_path, days=1, data={"features": "tiny.py:features"})
    (problem,) = problems(ask, project)
    assert said in problem["message"]


def test_an_unknown_expectation_is_found_before_any_data_come(tmp_path, ask):
    project = tiny.project(tmp_path, days=1, data={"expectations": [{"type": "expect_column_mean_to_be_between"}]})
    project.spec.path.write_text(project.spec.path.read_text().replace("to_be_between", "to_be_betwen"))
    (problem,) = problems(ask, project)
    assert "expect_column_mean_to_be_between" in problem["message"] + problem["do"]


def test_every_wrong_expectation_is_told_with_its_line_and_what_was_meant(tmp_path, ask):
    wrong = [
        {"type": "expect_column_mean_to_be_between", "column": "amount", "min_vale": 0},
        {"type": "expect_column_to_exist", "column": "amuont"},
        {"type": "expect_column_to_exist", "column": "amount"},
        {"type": "expect_column_values_to_be_between", "column": "amount", "min_value": [1]},
    ]
    project = tiny.project(tmp_path, days=1, data={"expectations": wrong})
    found = problems(ask, project)
    assert [problem["code"] for problem in found] == ["SPEC060", "SPEC062", "SPEC060"]
    assert [problem["where"]["field"] for problem in found] == [f"data.expectations.{place}" for place in (0, 1, 3)]
    assert "Did you mean 'min_value'?" in found[0]["message"]
    assert "Did you mean 'amount'?" in found[1]["message"]
    lines = project.spec.path.read_text().splitlines()
    for problem in found:
        file, _, line = problem["where"]["file"].rpartition(":")
        assert file == str(project.spec.path)
        assert lines[int(line) - 1].lstrip().startswith("- ")
    assert ask(project.env, "check")["good"] == []


def test_reading_a_model_file_with_expectations_does_not_import_great_expectations(tmp_path):
    entry = {"type": "expect_column_to_exist", "column": "amount"}
    project = tiny.project(tmp_path, days=1, data={"expectations": [entry]})
    code = f"import sys, pathlib, leeway.spec as s; s.load_spec(pathlib.Path({str(project.spec.path)!r})); "
    code += "sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_folder_without_models_is_a_problem(tmp_path, leeway):
    result = leeway({"LEEWAY_MODELS": str(tmp_path)}, "check")
    said = " ".join(result.stdout.split())  # a long folder name breaks the line anywhere
    assert (result.exit_code, "no model files" in said) == (1, True)


def test_the_schema_accepts_good_models_and_refuses_wrong_kinds(tmp_path, leeway):
    project = tiny.project(tmp_path, days=1)
    schema = json.loads(leeway(project.env, "schema").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    model = json.loads(json.dumps(yaml.safe_load(project.spec.path.read_text()), default=str))
    assert not list(validator.iter_errors(model))
    model["data"]["source"]["kind"] = "flies"
    assert list(validator.iter_errors(model))
