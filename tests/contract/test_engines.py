"""What every engine promises: the profile, and so the verdicts, of the rows as this process would count them."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
import yaml

import histories
import tiny
from leeway import replay
from leeway.core import Partition, PartitionKind
from leeway.detectors.base import Observation
from leeway.errors import ProfileError, SpecError
from leeway.profiles.profile import Profile
from leeway.profiling import profile_of
from leeway.referencing import reference_of, window_profile
from leeway.spec import ModelSpec, load_spec

if TYPE_CHECKING:
    from leeway.core import Window
    from leeway.workspace import Workspace

DAYS, DRIFT = 8, 6
SCORED = tuple(tiny.day(number) for number in (5, 6, 7))
spark_only = pytest.mark.skipif(os.environ.get("LEEWAY_TEST_SPARK") != "1", reason="LEEWAY_TEST_SPARK=1 runs it")
each_engine = pytest.mark.parametrize("engine", ["duckdb", "sql", pytest.param("spark", marks=spark_only)])
COLUMNS = {"calm": {"type": "boolean", "nullable": True}, "visits": {"type": "int", "nullable": True}}


def table() -> pd.DataFrame:
    """All days, with a truth and a whole number that may be missing; in no order, as in a database."""
    found = pd.concat(pd.read_csv(io.StringIO(tiny.rows(n, drifted=n >= DRIFT))) for n in range(DAYS))
    rng = np.random.default_rng(5)
    calm = pd.array(rng.random(len(found)) < 0.5, dtype="boolean")
    visits = pd.array(rng.integers(0, 9, len(found)), dtype="Int64")
    calm[rng.random(len(found)) < 0.1] = pd.NA
    visits[rng.random(len(found)) < 0.2] = pd.NA
    found = found.assign(calm=calm, visits=visits, at=pd.to_datetime(found["at"]))
    return found.sample(frac=1, random_state=1)


@pytest.fixture(scope="module", params=["duckdb", pytest.param("postgres", marks=pytest.mark.integration)])
def url(request, tmp_path_factory) -> str:
    if request.param == "duckdb":
        file = tmp_path_factory.mktemp("rows") / "rows.duckdb"
        with duckdb.connect(file) as connection:
            connection.register("given", table())
            connection.execute("CREATE TABLE visits AS SELECT * FROM given")
        return f"duckdb:///{file}"
    made: str = request.getfixturevalue("postgres").create_database("engines")
    table().to_sql("visits", sa.create_engine(made, poolclass=sa.NullPool), index=False)
    return made


def project(folder, url: str, *, zone: str | None = None, **changes) -> tiny.Project:
    made = tiny.project(folder, days=DAYS, data={"columns": COLUMNS}, monitoring={"detectors": histories.DETECTORS})
    model = yaml.safe_load(made.spec.path.read_text()) | changes
    model["data"]["source"] = {"kind": "sql", "url": url, "table": "visits"}
    model["data"]["columns"]["at"]["timezone"] = zone
    made.spec.path.write_text(yaml.safe_dump(model))
    return tiny.Project(made.settings, load_spec(made.spec.path))


@pytest.fixture(scope="module")
def counted_here(url, tmp_path_factory) -> tiny.Project:
    """A model that has lived through all days, its windows counted in memory."""
    made = project(tmp_path_factory.mktemp("here"), url)
    replay.advance(made.workspace(), made.spec, tiny.day(DAYS - 1))
    return made


def by_engine(spec: ModelSpec, engine: str) -> ModelSpec:
    other = ModelSpec.model_validate({**spec.model_dump(), "engine": engine})
    other._path = spec.path
    return other


def rows_of(ws: Workspace, window: Window) -> tuple[Partition, Partition, Partition]:
    """The raw rows, the scores and the profile of a window."""
    kinds = (PartitionKind.RAW, PartitionKind.PREDICTIONS, PartitionKind.PROFILE)
    raw, scores, profile = (ws.catalog.partition("tiny", kind, window) for kind in kinds)
    assert raw is not None
    assert scores is not None
    assert profile is not None
    return raw, scores, profile


@pytest.fixture
def as_if_new(monkeypatch):
    """What was counted before is counted again."""
    monkeypatch.setattr("leeway.profiling._counted_before", lambda *_: None)


@each_engine
def test_a_window_has_the_profile_and_the_verdict_that_it_has_in_memory(engine, counted_here, as_if_new):
    ws, spec = counted_here.workspace(), by_engine(counted_here.spec, engine)
    for window in SCORED:
        raw, scores, profile = rows_of(ws, window)
        expected = window_profile(ws, profile)
        found, _ = profile_of(ws, spec, raw, scores, like=expected.layout, inputs=pytest.fail)
        assert_same(found, expected, coded=engine == "duckdb")
        assert_same_verdict(ws, spec, window, found, expected)


def assert_same(found: Profile, expected: Profile, *, coded: bool) -> None:
    assert set(found.columns) == set(expected.columns)
    for name, column in expected.columns.items():
        other = found.columns[name]
        for part in ("layout", "rows", "missing", "infinite", "minimum", "maximum", "levels", "other"):
            assert (name, part, getattr(other, part)) == (name, part, getattr(column, part))
        assert (other.value_weight, other.null_weight) == (column.value_weight, column.null_weight)
        assert other.histogram.keys.tolist() == column.histogram.keys.tolist()
        assert other.histogram.counts.tolist() == column.histogram.counts.tolist()
        assert float(other.total) == pytest.approx(float(column.total), rel=1e-9, abs=1e-9)
        assert float(other.squares) == pytest.approx(float(column.squares), rel=1e-9, abs=1e-9)
    if coded:  # scores that are not in the database are counted apart
        assert sorted(found.coded.names) == sorted(expected.coded.names)
        assert np.array_equal(found.coded.kept, expected.coded.arranged(found.coded.names).kept)


def assert_same_verdict(ws: Workspace, spec: ModelSpec, window: Window, found: Profile, expected: Profile) -> None:
    reference = reference_of(ws, spec, window, ws.catalog.version("tiny", 1)).profile
    ours, theirs = (
        [s for detector in spec.detectors for s in detector.detect(Observation(current=one, reference=reference))]
        for one in (found, expected)
    )
    assert len(ours) > 3
    assert [(s.subject, s.test, s.flagged) for s in ours] == [(s.subject, s.test, s.flagged) for s in theirs]
    for one, other in zip(ours, theirs, strict=True):
        assert one.statistic == pytest.approx(other.statistic, rel=1e-6, abs=1e-9)


def test_the_same_history_gives_the_same_ledger_and_the_same_models(url, counted_here, tmp_path):
    other = project(tmp_path, url, engine="duckdb")
    here, there = counted_here.workspace(), other.workspace()
    replay.advance(there, other.spec, tiny.day(DAYS - 1))
    assert other.spec.hash == counted_here.spec.hash
    decided, again = ([(d.window, d.action, d.reasons) for d in ws.catalog.decisions("tiny")] for ws in (here, there))
    assert again == decided
    assert there.catalog.version("tiny", 1).artifact == here.catalog.version("tiny", 1).artifact


def test_what_was_counted_once_is_not_counted_again(counted_here):
    ws, spec = counted_here.workspace(), by_engine(counted_here.spec, "sql")
    raw, scores, known = rows_of(ws, SCORED[0])
    _, partition = profile_of(ws, spec, raw, scores, like=Profile.empty().layout, inputs=pytest.fail)
    assert partition == known


def test_rows_that_the_database_has_changed_since_are_refused(counted_here, as_if_new):
    ws, spec = counted_here.workspace(), by_engine(counted_here.spec, "sql")
    raw, _, _ = rows_of(ws, SCORED[0])
    fewer = raw.model_copy(update={"rows": raw.rows - 1})
    with pytest.raises(ProfileError, match="PRO406"):
        profile_of(ws, spec, fewer, None, like=Profile.empty().layout, inputs=pytest.fail)


@pytest.mark.parametrize("engine", ["sql", "duckdb"])
def test_an_engine_that_cannot_count_what_the_model_file_says_is_refused(engine, tmp_path):
    data = {"features": "tiny.py:features"} if engine == "duckdb" else {}
    with pytest.raises(SpecError, match="the function in data.features" if data else "a source of kind sql"):
        tiny.project(tmp_path, engine=engine, data=data)


def test_a_time_without_a_zone_is_refused(tmp_path):
    frame = table().assign(at=lambda found: found["at"].dt.tz_localize(None))
    with duckdb.connect(tmp_path / "naive.duckdb") as connection:
        connection.register("given", frame)
        connection.execute("CREATE TABLE visits AS SELECT * FROM given")
    spec = project(tmp_path, f"duckdb:///{tmp_path / 'naive.duckdb'}", zone="Europe/Berlin", engine="sql").spec
    window = tiny.day(3)
    request = spec.request(window, (window,), columns=("amount",), time_column="at")
    with pytest.raises(ProfileError, match="PRO405"):
        spec.data.source.ask(request)
