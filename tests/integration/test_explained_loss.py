"""A model whose world turns round: the ledger, ``explain`` and the report say that the relation changed, and where."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta

import numpy as np
import pytest
from typer.testing import CliRunner

import histories
import tiny
from leeway.cli.app import app
from leeway.core import Reason

DAYS, TURNED = 10, 8
ROWS = 400


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """Visitors of one channel do the opposite from the ninth day on; who comes stays as it was."""
    project = tiny.project(tmp_path_factory.mktemp("turned"), days=DAYS, **histories.CALM)
    for number in range(DAYS):
        project.file(number).write_text(visits(number, turned=number >= TURNED), encoding="utf-8")
    histories.advance_to(project, range(DAYS))
    return project


def visits(number: int, *, turned: bool) -> str:
    """The CSV text of a day."""
    random = np.random.default_rng(number)
    amount, age = random.normal(0.0, 1.0, ROWS), random.normal(40.0, 10.0, ROWS)
    web = random.random(ROWS) < 0.4
    bought = random.random(ROWS) < 1 / (1 + np.exp(-2.0 * amount - 0.5 * web))
    bought ^= turned & web
    start = datetime.combine(tiny.START, time(), UTC) + timedelta(days=number)
    moments = [f"{start + timedelta(days=1) * row / ROWS:%Y-%m-%dT%H:%M:%SZ}" for row in range(ROWS)]
    lines = ["at,visit,amount,age,channel,bought"]
    lines += [
        f"{moments[row]},{number * 10_000 + row},{amount[row]:.3f},{age[row]:.1f},"
        f"{'web' if web[row] else 'shop'},{'true' if bought[row] else 'false'}"
        for row in range(ROWS)
    ]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def ws(lived):
    return lived.workspace()


@pytest.fixture(scope="module")
def decision(ws):
    return next(made for made in ws.catalog.decisions("tiny") if Reason.CONCEPT_DRIFT in made.reasons)


def test_the_ledger_says_what_the_rise_came_from_and_where(decision):
    assert decision.window == tiny.day(TURNED + 1)
    (why,) = decision.evidence["attributions"]
    assert why["split"]
    assert why["baseline"] == [tiny.day(number).model_dump(mode="json") for number in (5, 6)]
    assert why["relation"]["share"] > 0.8
    assert (why["slices"][0]["column"], why["slices"][0]["level"]) == ("channel", "web")
    assert decision.sentence.endswith(why["sentence"])
    assert "the relation between inputs and target" in why["sentence"]


def test_the_rise_is_the_one_that_was_flagged(ws, decision):
    measurement = ws.catalog.measurement("tiny", decision.window, decision.evidence["measurement"])
    (why,), (matured,) = measurement.attributions, measurement.matured
    (flagged,) = [signal for signal in measurement.flagged if signal.kind == "performance"]
    assert (why.window, why.version, why.now) == (matured.window, matured.version, pytest.approx(matured.loss))
    # One more window before it counts for the alarm than for the explanation, which looks at the first two.
    assert why.rise / why.before == pytest.approx(flagged.effect, rel=0.1)


def test_windows_without_a_flagged_loss_explain_nothing(ws):
    quiet = [
        found for found in ws.catalog.measurements("tiny") if not any(s.kind == "performance" for s in found.flagged)
    ]
    assert len(quiet) >= TURNED
    assert not any(found.attributions for found in quiet)


def test_explain_shows_it(lived, decision):
    ask = ["--home", str(lived.settings.home), "--models", str(lived.settings.models), "explain", "tiny"]
    ask += ["--window", f"{decision.window.start:%Y-%m-%d}"]
    told = CliRunner().invoke(app, [*ask, "--json"], catch_exceptions=False)
    assert json.loads(told.stdout)["attributions"] == decision.evidence["attributions"]
    shown = CliRunner().invoke(app, ask, catch_exceptions=False).stdout
    assert "Why the loss rose" in shown
    assert "in channel=web (outsize)" in shown


def test_the_report_lists_it(lived, ws, decision):
    notes = {note.key: note.value for note in ws.catalog.notes("tiny", f"{decision.window.key}/measure")}
    (page,) = [
        path.read_text(encoding="utf-8")
        for path in lived.settings.home.rglob("evidently.html")
        if notes["mlflow_run"] in path.parts
    ]
    assert "comes from the relation between inputs and target" in page


def test_doing_it_again_changes_nothing(lived, ws):
    before = histories.contents(ws)
    assert histories.contents(histories.advance_to(lived, range(DAYS))) == before


def test_the_same_history_in_another_place_gives_the_same_bytes(lived, ws, decision, tmp_path):
    other = tiny.project(tmp_path, days=DAYS, **histories.CALM)
    for number in range(TURNED + 2):
        other.file(number).write_text(lived.file(number).read_text(encoding="utf-8"), encoding="utf-8")
    there = histories.advance_to(other, [TURNED + 1])
    assert there.catalog.decision("tiny", decision.window).to_json() == decision.to_json()
