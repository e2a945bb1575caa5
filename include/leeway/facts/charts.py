"""The small charts of pages of many models: the course of each primary metric over the newest windows.

They hold a hundred times the figures of the models' rows, so they are asked for by themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import AwareDatetime, BaseModel, Field

from leeway.catalog import FigureKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from leeway.catalog import Catalog, Point
    from leeway.spec import ModelSpec

CHART_WINDOWS: Final = 60
"""The newest windows that a small chart shows."""


class ChartPoint(BaseModel):
    """A window of a small chart."""

    start: AwareDatetime
    realised: float | None
    coverage: float | None = Field(description="Share of the scored rows whose label is known.")
    estimated: float | None = Field(description="Null where estimates are muted.")


class Charts(BaseModel):
    """The small charts of some models."""

    charts: dict[str, list[ChartPoint]] = Field(description="By model; the newest windows, oldest first.")


def charts_of(catalog: Catalog, specs: Collection[ModelSpec]) -> Charts:
    """The small charts of models: one query, however many they are."""
    points = catalog.newest_points([spec.name for spec in specs], CHART_WINDOWS)
    return Charts(charts={spec.name: _chart(points[spec.name], spec.metric) for spec in specs})


def _chart(points: Iterable[Point], metric: str) -> list[Any]:
    """The fields of `ChartPoint`s: by the thousand, they are made in one go with all charts."""
    windows: dict[datetime, dict[str, Any]] = {}
    for point in points:
        said = windows.get(point.start)
        if said is None:
            said = {"start": point.start, "realised": None, "coverage": None, "estimated": None}
            windows[point.start] = said
        said[point.kind] = point.value(metric)
        if point.kind is FigureKind.REALISED:
            said["coverage"] = point.coverage
    return [windows[start] for start in sorted(windows)[-CHART_WINDOWS:]]
