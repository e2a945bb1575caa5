"""All models at a glance: one row each, searched, filtered, sorted and paged where the data are.

What every model needs to be found and ordered is read for all of them (`leeway.facts.standing`); what only its row
shows is read for one page.
"""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from leeway.core import Action
from leeway.facts.health import Health
from leeway.facts.rows import RECENT_WINDOWS, ModelRow, model_rows, newest_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from leeway.catalog import Catalog
    from leeway.facts.standing import Standing

MOST_MODELS: Final = 200
"""On one page."""


class Sort(StrEnum):
    """By what models are ordered; those that have no such thing always come last."""

    MODEL = "model"
    HEALTH = "health"
    CHAMPION = "champion"
    LAST_WINDOW = "last_window"
    FLAGGED = "flagged"
    METRIC = "metric"
    DECISION = "decision"
    NEXT_RUN = "next_run"


class Query(BaseModel):
    """Which models are asked for, and in what order."""

    model_config = ConfigDict(frozen=True)

    page: int = Field(default=1, ge=1)
    size: int = Field(default=25, ge=1, le=MOST_MODELS, description="Models per page.")
    sort: Sort = Field(
        default=Sort.HEALTH,
        description="health and decision: worst first; champion: by the time it serves, shortest first; metric: by the "
        "name of the primary metric and its newest realised value.",
    )
    order: Literal["asc", "desc"] = "asc"
    search: str = Field(default="", description="Found in name, description, owner or tags, in any case.")
    health: Health | None = None
    owner: str = ""
    tag: str = ""

    @field_validator("health", mode="before")
    @classmethod
    def _any(cls, value: Any) -> Any:
        """An empty field of a form asks for nothing."""
        return None if value == "" else value


class Page(BaseModel):
    """The models that were asked for, and how many there are of each kind."""

    page: int
    size: int
    total: int
    counts: dict[Health, int] = Field(description="Of all that match, whatever their health.")
    owners: list[str]
    tags: list[str]
    models: list[ModelRow]


def overview(catalog: Catalog, found: Sequence[Standing], query: Query) -> Page:
    """A page of models.

    Args:
        catalog: the catalog.
        found: how all the models are that may be seen.
        query: which of them are asked for.
    """
    matching = [standing for standing in found if _matches(standing, query)]
    asked = [one for one in matching if query.health in (None, one.assessment.health)]
    ordered = _ordered(catalog, asked, query)
    start = (query.page - 1) * query.size
    counts = Counter(standing.assessment.health for standing in matching)
    return Page(
        page=query.page,
        size=query.size,
        total=len(asked),
        counts={health: counts[health] for health in Health if counts[health]},
        owners=sorted({standing.spec.owner for standing in found}),
        tags=sorted({tag for standing in found for tag in standing.spec.tags}),
        models=model_rows(catalog, ordered[start : start + query.size]),
    )


def _matches(standing: Standing, query: Query) -> bool:
    spec, wanted = standing.spec, query.search.strip().casefold()
    if query.owner and spec.owner != query.owner:
        return False
    if query.tag and query.tag not in spec.tags:
        return False
    return not wanted or any(
        wanted in text.casefold() for text in (spec.name, spec.description, spec.owner, *spec.tags)
    )


def _ordered(catalog: Catalog, found: Iterable[Standing], query: Query) -> list[Standing]:
    """By what was asked for, then by name; models that have no such thing last."""
    by_name = sorted(found, key=lambda standing: standing.spec.name)
    key = _metric_key(catalog, by_name) if query.sort is Sort.METRIC else _KEYS[query.sort]
    keyed = [(key(standing), standing) for standing in by_name]
    having = [pair for pair in keyed if pair[0] is not None]
    having.sort(key=lambda pair: pair[0], reverse=query.order == "desc")
    return [standing for _, standing in having] + [standing for value, standing in keyed if value is None]


def _metric_key(catalog: Catalog, found: Sequence[Standing]) -> Callable[[Standing], Any]:
    points = catalog.newest_points([standing.spec.name for standing in found], RECENT_WINDOWS)

    def key(standing: Standing) -> Any:
        realised, _ = newest_values(points[standing.spec.name], standing.spec.metric)
        return None if realised is None else (standing.spec.metric, realised)

    return key


def _served(standing: Standing) -> Any:
    champion = standing.latest.champion
    return champion and -champion.effective_from.timestamp()


def _decided(standing: Standing) -> Any:
    decision = standing.latest.decision
    return decision and _SEVEREST_FIRST.index(decision.action)


_SEVEREST_FIRST: Final = (
    Action.BLOCK,
    Action.ROLL_BACK,
    Action.RETRAIN,
    Action.RECALIBRATE,
    Action.ALERT,
    Action.NONE,
)
_WORST_FIRST: Final = {health: place for place, health in enumerate(Health)}
_KEYS: Final[Mapping[Sort, Callable[[Standing], Any]]] = {
    Sort.MODEL: lambda standing: standing.spec.name,
    Sort.HEALTH: lambda standing: _WORST_FIRST[standing.assessment.health],
    Sort.CHAMPION: _served,
    Sort.LAST_WINDOW: lambda standing: standing.head and standing.head.end,
    Sort.FLAGGED: lambda standing: len(standing.flags),
    Sort.DECISION: _decided,
    Sort.NEXT_RUN: lambda standing: standing.next_window and standing.next_window.end,
}
