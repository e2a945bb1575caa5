"""Whole pages: a version's card, a backtest, Evidently's report, Great Expectations' Data Docs.

They may hold text that came with the data, so they are shown in a sandbox: none can call this API or fetch anything.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel
from pydantic_core import from_json

from leeway.backtest import Kept, kept
from leeway.console.documents import markdown, page
from leeway.console.models import Spec, Ws
from leeway.console.routes.windows import Named
from leeway.errors import CatalogError
from leeway.facts.card import card
from leeway.facts.documents import Document, document

router = APIRouter(prefix="/api/models/{model}", tags=["document"])


class BacktestFacts(BaseModel):
    """The newest backtest of the model's own history: when, by whom, and what ``leeway backtest --json`` says of it."""

    at: datetime | None
    by: str | None
    result: dict[str, Any] | None


class CardFormat(StrEnum):
    """How a card is wanted."""

    HTML = "html"
    MARKDOWN = "markdown"


@router.get("/backtest")
def backtest(ws: Ws, spec: Spec) -> BacktestFacts:
    """What other policies would have brought; all null until somebody has tried."""
    found = kept(ws, spec)
    if found is None:
        return BacktestFacts(at=None, by=None, result=None)
    return BacktestFacts(at=found.at, by=found.by, result=from_json(found.result_json))


@router.get("/backtest/page", response_class=HTMLResponse)
def backtest_page(ws: Ws, spec: Spec) -> HTMLResponse:
    """The backtest drawn: the frontier of policies, and the timeline of each."""
    found: Kept | None = kept(ws, spec)
    if found is None:
        raise CatalogError(
            "no backtest was done yet", code="CAT025", model=spec.name, do="Start one on the model's page."
        )
    return page(found.html)


@router.get("/documents/{what}/{key}", response_class=HTMLResponse)
def window_document(ws: Ws, spec: Spec, window: Named, what: Document) -> HTMLResponse:
    """A page about a window."""
    return page(document(ws, spec, window, what))


@router.get("/card/{version}", response_class=HTMLResponse)
def model_card(
    ws: Ws,
    spec: Spec,
    version: Annotated[int, Path(ge=1)],
    format: CardFormat = CardFormat.HTML,  # noqa: A002
) -> Response:
    """The model card of a version, as of now."""
    made = card(ws, spec, version)
    return markdown(made.markdown) if format is CardFormat.MARKDOWN else page(made.html)
