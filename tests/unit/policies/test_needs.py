"""What a policy needs is measured, and what it says of metrics is checked when the model file is read."""

from __future__ import annotations

import json

import jsonschema
import pytest

import tiny
from histories import advance_to
from leeway.core import Action
from leeway.errors import SpecError
from leeway.spec import ModelSpec

COMBINED = {
    "kind": "any_of",
    "policies": ["page_hinkley", {"kind": "all_of", "policies": ["adwin", {"kind": "every", "windows": 2}]}],
}


def test_the_detectors_of_the_policy_run_besides_the_listed_ones(tmp_path):
    project = tiny.project(
        tmp_path, policy=COMBINED, monitoring={"detectors": ["quality", {"kind": "adwin", "delta": 0.1}]}
    )
    kinds = [detector.kind for detector in project.spec.detectors]
    assert kinds == ["quality", "adwin", "page_hinkley"]
    assert project.spec.detectors[1].delta == 0.1


def test_without_a_policy_that_needs_them_further_tests_do_not_run(tmp_path):
    spec = tiny.project(tmp_path).spec
    assert spec.detectors == spec.monitoring.detectors
    assert not {"adwin", "page_hinkley"} & {detector.kind for detector in spec.detectors}


def test_a_test_of_the_losses_finds_concept_drift_in_a_replay(tmp_path):
    """The first champion serves from the sixth day; on the ninth the target turns round, and is known a day later."""
    detector = {"kind": "page_hinkley", "threshold": 20, "min_rows": 30}
    policy = {"kind": "page_hinkley"}
    project = tiny.project(tmp_path, drift_from=8, policy=policy, monitoring={"detectors": [detector]}, gates=[])
    ws = advance_to(project, [10])
    decided = ws.catalog.decisions("tiny")
    assert [n for n, made in enumerate(decided) if made.action is Action.RETRAIN] == [4, 9]
    assert "add up to" in decided[9].sentence


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        ({"kind": "metric_below", "metric": "mae", "threshold": 1}, "policy.metric"),
        (
            {"kind": "any_of", "policies": ["never", {"kind": "metric_below", "metric": "mae", "threshold": 1}]},
            "policy.policies.1.metric",
        ),
    ],
    ids=["alone", "in a combination"],
)
def test_a_metric_of_another_task_is_refused(tmp_path, policy, field):
    with pytest.raises(SpecError, match="does not suit a binary model") as caught:
        tiny.project(tmp_path, policy=policy)
    assert field in str(caught.value.problems or caught.value)


def test_the_schema_of_model_files_knows_combinations(tmp_path):
    project = tiny.project(tmp_path, policy=COMBINED)
    document = json.loads(json.dumps({"policy": project.spec.policy.model_dump(mode="json")}))
    schema = {"properties": {"policy": ModelSpec.model_json_schema()["properties"]["policy"]}}
    jsonschema.validate(document, schema)
    document["policy"]["policies"] = ["adwni", "never"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema)
