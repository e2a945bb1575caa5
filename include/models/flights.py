"""What is known of a flight before it departs, as numbers and categories: used by both flight models."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

AS_IT_IS = [
    "carrier", "origin", "dest", "distance", "hour", "minute",
    "temp", "dewp", "humid", "wind_dir", "wind_speed", "precip", "pressure", "visib",
]  # fmt: skip


def features(raw: pd.DataFrame) -> pd.DataFrame:
    """Turn raw columns into features, row by row: the same function in training and in scoring.

    The month is left out on purpose: with one year of data it only says "never seen before".
    """
    local = raw["time_hour"].dt.tz_convert("America/New_York")
    return raw[AS_IT_IS].assign(weekday=local.dt.dayofweek)
