"""All models that the person may see, at a glance."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Response
from fastapi import Query as FromAddress
from pydantic import AwareDatetime, BaseModel

from leeway.console.access import SeesImportErrors, Visible
from leeway.console.answers import spelled
from leeway.console.models import Ws, specs
from leeway.facts.charts import Charts, charts_of
from leeway.facts.overview import MOST_MODELS, Page, Query, overview
from leeway.facts.plain import explained
from leeway.facts.standing import standings

router = APIRouter(prefix="/api/overview", tags=["models"])


class Broken(BaseModel):
    """What is wrong with a model file."""

    code: str
    message: str
    where: dict[str, str]
    do: str


class Overview(Page):
    """A page of models, as of now, and the model files that cannot be read."""

    now: AwareDatetime
    broken: list[Broken]


@router.get("", response_model=Overview)
def models(query: Annotated[Query, FromAddress()], ws: Ws, visible: Visible, told: SeesImportErrors) -> Response:
    """The models that the person may see: searched, filtered, sorted, a page at a time."""
    now = datetime.now(UTC)
    good, errors = specs()
    seen = [spec for name, spec in good.items() if name in visible]
    page = overview(ws.catalog, standings(ws.catalog, seen, now), query)
    problems = [problem for error in errors for problem in error.problems or (error,)] if told else []
    broken = [Broken(**explained(problem)) for problem in problems]
    return spelled(Overview(now=now, broken=broken, **dict(page)))


@router.get("/charts", response_model=Charts)
def charts(
    model: Annotated[list[str], FromAddress(max_length=MOST_MODELS, description="Names; those of a page.")],
    ws: Ws,
    visible: Visible,
) -> Response:
    """The small charts of models: those that are asked for and that the person may see; of others nothing is said."""
    good, _ = specs()
    seen = [good[name] for name in dict.fromkeys(model) if name in visible and name in good]
    return spelled(charts_of(ws.catalog, seen))
