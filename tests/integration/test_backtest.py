"""``leeway backtest``: a model's own history as production measured it, any file, and a run that was killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import histories
import tiny
from leeway.backtest.history import model_learner, model_stream
from leeway.backtest.judge import Judge
from leeway.backtest.matrix import Matrix, Trained
from leeway.cli.app import app
from leeway.dataset import is_mature
from leeway.errors import BacktestError
from leeway.settings import settings

if TYPE_CHECKING:
    from pathlib import Path

KILLED = 9


@pytest.fixture(autouse=True)
def forget_settings():
    yield
    settings.cache_clear()


@pytest.fixture(scope="module")
def project():
    return histories.grown()


def call(home: Path, *arguments: object, env: dict[str, str] | None = None) -> Any:
    clean = dict.fromkeys(("LEEWAY_DEBUG", "LEEWAY_CATALOG_URL", "LEEWAY_MLFLOW_URL", "LEEWAY_STORE_URL"))
    runner = CliRunner(env={**clean, "LEEWAY_HOME": str(home), **(env or {})})
    return runner.invoke(app, ["backtest", *map(str, arguments)], catch_exceptions=False)


def sales(path: Path, rows: int = 2_000) -> list[object]:
    """A file, and the options that name its parts."""
    random = np.random.default_rng(1)
    x = random.normal(size=rows)
    frame = pd.DataFrame(
        {
            "day": pd.date_range("2024-01-01", periods=rows, freq="6h"),
            "x": x,
            "shop": random.choice(["north", "south"], rows),
            "returned": (x + random.normal(size=rows) > 0).astype(int),
        }
    )
    frame.to_parquet(path)
    shape = ["--windows", 8, "--warmup", 3, "--learner", "sklearn.linear_model.LogisticRegression"]
    return ["--data", path, "--time", "day", "--target", "returned", *shape]


def test_windows_and_labels_of_a_model_are_known_when_they_were(project):
    stream = model_stream(project.workspace(), project.spec)
    # The labels of the newest window are not known yet.
    assert stream.windows == tuple(tiny.day(number) for number in range(histories.GROWN - 1))
    for window, known in zip(stream.windows, stream.known, strict=True):
        mature = [is_mature(project.spec, earlier, window.end) for earlier in stream.windows]
        assert known == sum(mature) - 1
    assert np.diff(stream.edges).tolist() == [tiny.ROWS] * len(stream.windows)
    assert list(stream.slices) == ["channel"]


def test_performance_is_measured_as_in_production(project, tmp_path):
    ws = project.workspace()
    judge = Judge(Matrix(model_stream(ws, project.spec), model_learner(ws, project.spec), tmp_path), ())
    version = ws.catalog.version("tiny", 1)
    first, last = (judge.stream.windows.index(window) for window in version.trained_on)
    measured = [found for one in ws.catalog.measurements("tiny") for found in one.matured]
    assert measured
    for found in measured:
        window = judge.stream.windows.index(found.window)
        replayed = judge.performance(Trained(first, last), window, 1)
        assert _rounded(replayed.model_dump()) == _rounded(found.model_dump())


def _rounded(value):
    """Without the last digits of figures."""
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(item) for item in value]
    return round(value, 9) if isinstance(value, float) else value


def test_a_model_is_replayed_by_its_name(project, tmp_path):
    copy = histories.copied(project, tmp_path)
    result = call(copy.settings.home, "tiny", "--warmup", 3, "--json", env=copy.env)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["name"] == "tiny"
    assert found["metric"] == copy.spec.metric
    assert found["label_delay"] == 1
    assert next(policy["policy"]["kind"] for policy in found["policies"]) == copy.spec.policy.kind
    assert {"never", "every", "periodic", "oracle", "shuffled", "recommendation"} <= set(found)


def test_a_model_without_history_is_told_so(tmp_path):
    project = tiny.project(tmp_path)
    with pytest.raises(BacktestError, match=r"BKT010.*nothing to replay"):
        model_stream(project.workspace(), project.spec)


def test_a_file_needs_no_model_and_gives_a_page(tmp_path):
    page = tmp_path / "out" / "page.html"
    arguments = [*sales(tmp_path / "sales.parquet"), "-p", "never", "-p", "{kind: every, windows: 2}", "--html", page]
    result = call(tmp_path / "home", *arguments)
    assert result.exit_code == 0, result.output
    assert "every(windows=2)" in "".join(result.stdout.split())
    assert "Recommended: policy" in result.stdout
    assert "Backtest of sales" in page.read_text(encoding="utf-8")
    again = json.loads(call(tmp_path / "home", *arguments, "-p", "every", "--json").stdout)
    assert again["fitted"] == 0
    assert [policy["name"] for policy in again["policies"]] == ["never", "every(windows=2)", "every"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (["--time", "dya"], "Did you mean 'day'"),
        (["--ignore", "shopp"], "Did you mean 'shop'"),
        (["-p", "evry"], "Did you mean 'every'"),
        (["--windows", "500"], "BKT003"),
        (["--metric", "acuracy"], "Did you mean 'accuracy'"),
        (["--from", "2024-01-01"], "--from and --to are for a model"),
        (["--learner", "sklearn.linear_model.Nothing"], "cannot be imported"),
    ],
    ids=["time", "ignore", "policy", "windows", "metric", "from", "learner"],
)
def test_a_mistake_is_said_without_a_traceback(tmp_path, changes, said):
    result = call(tmp_path / "home", *sales(tmp_path / "sales.parquet"), "-p", "never", *changes)
    assert result.exit_code == 2
    assert said in " ".join(result.output.replace("│", " ").split())
    assert "Traceback" not in result.output


def test_a_killed_backtest_goes_on_where_it_was(tmp_path):
    arguments = [str(part) for part in sales(tmp_path / "sales.parquet", rows=6_000)]
    arguments[arguments.index("--windows") + 1] = "30"
    command = [sys.executable, "-m", "leeway", "backtest", *arguments, "-p", "never", "-p", "every", "--json"]
    env = {**os.environ, "LEEWAY_HOME": str(tmp_path / "home")}
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and len(_models(tmp_path)) < 5:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.01)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -KILLED
    there = _models(tmp_path)
    done = json.loads(subprocess.run(command, env=env, check=True, capture_output=True).stdout)
    assert len(there) >= 5
    assert 0 < done["fitted"] < len(_models(tmp_path))
    assert there.items() <= _models(tmp_path).items()


def _models(folder: Path) -> dict[str, int]:
    """What was fitted, and when it was written."""
    return {str(file): file.stat().st_mtime_ns for file in folder.rglob("*.scores.npy")}
