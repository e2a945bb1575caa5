"""One window of a model: what was decided about it and why, its columns, its scores."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel

from leeway.console.models import Spec, Ws
from leeway.core import Decision, Evaluation, LossAttribution, Performance, Promotion, Signal, Window
from leeway.errors import SpecError
from leeway.facts.columns import ColumnShares, column_shares
from leeway.facts.documents import documents_of
from leeway.facts.explanation import explanation
from leeway.facts.quality import Quality, quality_of
from leeway.facts.retrains import Gain

router = APIRouter(prefix="/api/models/{model}/windows/{key}", tags=["window"])


def named_window(spec: Spec, key: Annotated[str, Path(description="20130107T0500Z-20130114T0500Z")]) -> Window:
    """The window that a route is about.

    Raises:
        SpecError: SPEC056 if the address names none.
    """
    try:
        return Window.of_key(key)
    except ValueError:
        raise SpecError(
            f"{key!r} is not the key of a window", code="SPEC056", model=spec.name,
            do="A key is spelled like 20130107T0500Z-20130114T0500Z, in UTC.",
        ) from None  # fmt: skip


Named = Annotated[Window, Depends(named_window)]
"""The window that a route is about."""


class Measured(BaseModel):
    """Which revision of the measurement the decision rests on, and of how many."""

    revision: int
    revisions: int
    status: str
    rows: int


class RawData(BaseModel):
    """The rows of the window, or why they are in quarantine."""

    state: str
    rows: int
    version: str
    reason_code: str
    reason: str


class Link(BaseModel):
    """Where more is: a run in MLflow, or a file in the store."""

    what: str
    mlflow_run: str | None = None
    location: str | None = None
    url: str | None


class Change(BaseModel):
    """What the newest measurement says that the first one did not."""

    what: str
    before: Any
    after: Any


class DocumentLink(BaseModel):
    """A page about the window, and its address."""

    what: str
    path: str


class WindowFacts(BaseModel):
    """Everything that is known about a window, as ``leeway explain --json`` tells it, and pages about it."""

    model: str
    window: Window
    decision: Decision | None
    champion: int | None
    data: RawData | None
    measurement: Measured | None
    signals: list[Signal]
    matured: list[Performance]
    attributions: list[LossAttribution]
    evaluations: list[Evaluation]
    promotions: list[Promotion]
    gain: Gain | None
    dag_run: str | None
    links: list[Link]
    changes: list[Change]
    documents: list[DocumentLink]


@router.get("")
def window_facts(ws: Ws, spec: Spec, window: Named) -> WindowFacts:
    """Why the window was decided as it was, and what came of it. Signals: the flagged ones first."""
    prefix = f"/leeway/api/models/{spec.name}/documents"
    documents = [
        DocumentLink(what=what, path=f"{prefix}/{what}/{window.key}") for what in documents_of(ws, spec, window)
    ]
    return WindowFacts(**explanation(ws, spec, window), documents=documents)


@router.get("/columns/{column}")
def column(ws: Ws, spec: Spec, window: Named, column: str) -> ColumnShares:
    """How a column (or ``prediction``) was distributed, beside what the drift checks compared it with."""
    return column_shares(ws, spec, window, column)


@router.get("/quality")
def quality(ws: Ws, spec: Spec, window: Named) -> Quality:
    """The scores of the window: their distribution, their calibration, and each slice."""
    return quality_of(ws, spec, window)
