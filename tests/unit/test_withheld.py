"""Sensitive columns that are no features never reach a model, and are judged by as text."""

from __future__ import annotations

import pandas as pd
import pytest

import tiny
from leeway.dataset import features, slice_columns
from leeway.errors import SpecError

RAW = pd.DataFrame(
    {
        "amount": [1.0, 2.0],
        "age": [30.0, 40.0],
        "channel": ["web", None],
        "zone": [3.0, float("nan")],
        "member": [True, False],
    }
)
COLUMNS = {
    "channel": {"type": "string", "role": "sensitive", "nullable": True, "levels": ["web", "shop"]},
    "zone": {"type": "int", "role": ["slice", "sensitive"], "nullable": True},
    "member": {"type": "boolean", "role": ["feature", "sensitive"]},
}


def project(folder, code: str = "") -> tiny.Project:
    data = {"columns": COLUMNS, **({"features": "tiny.py:features"} if code else {})}
    if code:
        (folder / "models").mkdir()
        (folder / "models" / "tiny.py").write_text(code)
    return tiny.project(folder, days=1, data=data)


def test_only_features_are_learnt_from(tmp_path):
    assert list(features(project(tmp_path).spec, RAW)) == ["amount", "age", "member"]


def test_the_features_function_does_not_even_see_the_others(tmp_path):
    spec = project(tmp_path, "def features(raw):\n    return raw\n").spec
    assert list(features(spec, RAW)) == ["amount", "age", "member"]


def test_a_features_function_that_asks_for_one_fails_and_says_which(tmp_path):
    spec = project(tmp_path, "def features(raw):\n    return raw.assign(web=raw['channel'] == 'web')\n").spec
    with pytest.raises(SpecError, match="channel") as caught:
        features(spec, RAW)
    assert caught.value.code == "SPEC044"


def test_a_feature_that_is_called_like_one_is_refused(tmp_path):
    spec = project(tmp_path, "def features(raw):\n    return raw.assign(channel=1.0)\n").spec
    with pytest.raises(SpecError) as caught:
        features(spec, RAW)
    assert caught.value.code == "SPEC046"


def test_levels_are_texts_and_a_missing_one_is_a_level_of_its_own(tmp_path):
    levels = slice_columns(project(tmp_path).spec, RAW)
    assert levels.to_dict("list") == {
        "channel": ["web", "(missing)"],
        "zone": ["3", "(missing)"],
        "member": ["True", "False"],
    }
