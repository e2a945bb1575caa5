"""What is known only after the event never reaches a model: seen on the demo's own model file and a small warehouse."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from leeway import dataset
from leeway.core import PartitionKind
from leeway.errors import SpecError
from leeway.settings import Settings, settings
from leeway.spec import load_spec
from leeway.stages.ingest import ingest
from leeway.workspace import Workspace

MODELS = Path(__file__).parents[2] / "include" / "models"
FORBIDDEN = ("dep_time", "dep_delay", "arr_time", "arr_delay", "air_time")
WEATHER = ("temp", "dewp", "humid", "wind_dir", "wind_speed", "precip", "pressure", "visib")
ROWS = 60


@pytest.fixture
def spec(tmp_path):
    shutil.copytree(MODELS, tmp_path / "models")
    return load_spec(tmp_path / "models" / "flights.yaml")


def flights(spec, *, leaks: int | None) -> pd.DataFrame:
    """Departures of the first window, one every two hours; ``leaks`` is what stands in the forbidden columns."""
    window = spec.schedule.first
    number = pd.RangeIndex(ROWS)
    time_hour = pd.Timestamp(window.start) + pd.to_timedelta(2 * number, unit="h")
    frame = {
        "time_hour": time_hour,
        "carrier": pd.Series(["AA", "B6", "UA"] * (ROWS // 3)),
        "flight": number,
        "origin": pd.Series(["EWR", "JFK", "LGA"] * (ROWS // 3)),
        "dest": "BOS",
        "distance": 200 + number,
        "hour": number % 24,
        "minute": 15,
        "tailnum": f"N{leaks}",
        "late": number % 4 == 0,
        "known_at": time_hour + pd.Timedelta(days=2),
        **{name: pd.array([leaks] * ROWS, dtype="Int64") for name in FORBIDDEN},
    }
    return pd.DataFrame(frame)


def delivered(spec, folder, monkeypatch, *, leaks):
    """Ingest the first window from a warehouse with these leaks; give the delivery and the labels' version."""
    (folder / "demo").mkdir(parents=True)
    monkeypatch.setenv("LEEWAY_HOME", str(folder))
    settings.cache_clear()
    departures = flights(spec, leaks=leaks)
    weather = departures[["origin", "time_hour"]].assign(**dict.fromkeys(WEATHER, 1.0))
    with duckdb.connect(str(folder / "demo" / "warehouse.duckdb")) as warehouse:
        for name, table in {"flights": departures, "weather": weather}.items():
            warehouse.register("given", table)
            warehouse.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
    ws = Workspace.open(Settings(home=folder))
    ws.catalog.migrate()
    delivery = ingest(ws, spec, spec.schedule.first)
    return delivery, ws.catalog.partition(spec.name, PartitionKind.LABELS, spec.schedule.first)


@pytest.fixture(autouse=True)
def forget_settings():
    yield
    settings.cache_clear()


def test_garbage_in_forbidden_columns_changes_no_byte_of_what_is_stored(spec, tmp_path, monkeypatch):
    found = [delivered(spec, tmp_path / str(leaks), monkeypatch, leaks=leaks) for leaks in (None, 7, -(2**40))]
    assert [delivery.rows for delivery, _ in found] == [ROWS] * 3
    assert len({(delivery.version, labels.version) for delivery, labels in found}) == 1
    assert found[0][1].rows > 0


@pytest.mark.parametrize("name", [*FORBIDDEN, "late", "known_at", "tailnum"])
def test_a_features_function_that_returns_what_must_not_be_known_is_refused(spec, name):
    code = spec.folder / "flights.py"
    code.write_text(code.read_text().replace("assign(weekday=", f"assign({name}=1.0, weekday="))
    raw = flights(spec, leaks=None).drop(columns=list(FORBIDDEN)).assign(**dict.fromkeys(WEATHER, 1.0))
    with pytest.raises(SpecError) as refused:
        dataset.features(spec, raw)
    assert (refused.value.code, refused.value.where["column"]) == ("SPEC046", name)
