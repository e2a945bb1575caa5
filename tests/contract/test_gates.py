"""What every gate promises. A new gate adds itself to `GATES`."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from leeway.core import GateResult, Task
from leeway.evaluation.base import METRICS, Exam, Gate
from leeway.evaluation.bootstrap import metric_gain
from leeway.evaluation.compare import compare
from leeway.evaluation.groups import Groups
from leeway.evaluation.metrics import losses, metrics
from leeway.kinds import build

GATES = [
    {"kind": "absolute", "metric": "brier", "at_most": 0.2},
    {"kind": "beats_baseline"},
    {"kind": "versus_champion"},
    {"kind": "versus_champion", "better": True, "alpha": 0.99},
    {"kind": "per_slice"},
    {"kind": "worst_group", "floor": 0.3, "metric": "brier"},
    {"kind": "group_gap", "gap": "brier", "columns": ["half"]},
    {"kind": "pays"},
]
each_gate = pytest.mark.parametrize("spec", GATES, ids=lambda spec: "-".join(map(str, spec.values())))

RNG = np.random.default_rng(0)
TARGET = (RNG.random(600) < 0.4).astype(float)
BLOCKS = np.arange(600) // 30
GOOD = np.clip(TARGET * 0.6 + RNG.normal(0.2, 0.15, 600), 0, 1)
POOR = np.clip(TARGET * 0.1 + RNG.normal(0.4, 0.15, 600), 0, 1)


def gate_of(spec: dict) -> Gate:
    found = build(Gate, spec)
    assert isinstance(found, Gate)
    return found


def exam(challenger: np.ndarray, champion: np.ndarray | None, *, metric: str = "brier") -> Exam:
    """Examine a challenger as the evaluation does."""
    trivial = np.full(len(TARGET), TARGET.mean())
    half = np.arange(len(TARGET)) % 2 == 0
    groups = Groups(
        task=Task.BINARY,
        target=TARGET,
        challenger=challenger,
        champion=champion,
        levels=pd.DataFrame({"half": np.where(half, "0", "1")}),
        sensitive=("half",),
        days=BLOCKS,
    )
    found = Exam(
        task=Task.BINARY,
        metric=metric,
        metrics=metrics(Task.BINARY, TARGET, challenger),
        baseline_metrics=metrics(Task.BINARY, TARGET, trivial),
        groups=groups,
    )
    if champion is None:
        return found
    pair = losses("brier", TARGET, champion), losses("brier", TARGET, challenger)
    return Exam(
        **vars(found) | {
            "champion_metrics": metrics(Task.BINARY, TARGET, champion),
            "has_champion": True,
            "comparison": compare(*pair, BLOCKS),
            "gain": metric_gain(
                Task.BINARY, metric, TARGET, champion=champion, challenger=challenger, days=BLOCKS, seed=0
            ),
            "retrain_cost": 0.1,
            "slices": {
                "half=0": compare(pair[0][half], pair[1][half], BLOCKS[half]),
                "half=1": compare(pair[0][~half], pair[1][~half], BLOCKS[~half]),
            },
        }
    )  # fmt: skip


@each_gate
def test_a_result_survives_json_and_says_something(spec):
    for found in (exam(GOOD, None), exam(GOOD, POOR), exam(POOR, GOOD), exam(GOOD, GOOD)):
        result = gate_of(spec).examine(found)
        assert GateResult.model_validate(json.loads(result.to_json())) == result
        assert result.gate == spec["kind"]
        assert result.sentence.endswith(".")
        assert all(np.isfinite(value) for value in result.facts.values())


@each_gate
def test_the_same_exam_gives_the_same_result(spec):
    gate, found = gate_of(spec), exam(GOOD, POOR)
    assert gate.examine(found) == gate.examine(found)


@each_gate
def test_a_good_challenger_passes(spec):
    assert gate_of(spec).examine(exam(GOOD, POOR)).passed
    assert gate_of(spec).examine(exam(GOOD, None)).passed


def test_a_poor_challenger_is_stopped():
    results = [gate_of(spec).examine(exam(POOR, GOOD)) for spec in GATES]
    assert not all(result.passed for result in results)
    assert {result.gate for result in results if not result.passed} >= {
        "absolute",
        "versus_champion",
        "per_slice",
        "worst_group",
    }


@pytest.mark.parametrize("alpha", [0.2, 0.5, 0.99])
def test_a_challenger_identical_to_the_champion_is_never_better(alpha):
    assert not gate_of({"kind": "versus_champion", "better": True, "alpha": alpha}).examine(exam(GOOD, GOOD)).passed


@each_gate
def test_undefined_figures_fail_closed(spec):
    comparison = compare(np.ones(200), np.zeros(200), np.arange(200))
    broken = comparison.model_copy(update={"gain": float("nan"), "p_value": float("nan"), "low": float("nan")})
    for metric in METRICS[Task.BINARY]:
        for value in ({}, {metric: float("nan"), "brier": float("nan")}):
            found = Exam(
                task=Task.BINARY,
                metric=metric,
                metrics=value,
                baseline_metrics=value,
                has_champion=True,
                comparison=broken,
                slices={"a=b": broken},
            )
            result = gate_of(spec).examine(found)
            assert not result.passed
            assert "not defined" in result.sentence
