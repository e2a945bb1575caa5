"""One model: how it is, how it did, what was done about it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from leeway.console.models import Spec, Ws
from leeway.core import EntryKind
from leeway.facts.drift import DriftMap, drift_map
from leeway.facts.ledger import LedgerPage, ledger_page
from leeway.facts.plain import plain
from leeway.facts.retrains import Retrains, retrains_of
from leeway.facts.slices import SliceHistory, slice_history
from leeway.facts.status import status_of
from leeway.facts.timeline import Timeline, timeline

router = APIRouter(prefix="/api/models/{model}", tags=["model"])

Since = Annotated[str | None, Query(description="A date or time in the first window; default: the oldest.")]
Until = Annotated[str | None, Query(description="A date or time in the last window; default: the newest.")]


@router.get("")
def model(ws: Ws, spec: Spec) -> Any:
    """How the model is, as ``leeway status MODEL --json`` tells it."""
    return plain(status_of(ws, spec))


@router.get("/timeline")
def model_timeline(ws: Ws, spec: Spec, since: Since = None, until: Until = None) -> Timeline:
    """The primary metric of every window, realised and estimated; who served; every decision and promotion."""
    return timeline(ws, spec, since=since, until=until)


@router.get("/drift")
def model_drift(ws: Ws, spec: Spec, since: Since = None, until: Until = None) -> DriftMap:
    """How far every column lay from its reference in every window."""
    return drift_map(ws, spec, since=since, until=until)


@router.get("/slices")
def model_slices(ws: Ws, spec: Spec, since: Since = None, until: Until = None) -> SliceHistory:
    """How every slice did in every window whose labels are complete, and how far apart the slices are."""
    return slice_history(ws, spec, since=since, until=until)


@router.get("/ledger")
def model_ledger(
    ws: Ws,
    spec: Spec,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    size: Annotated[int, Query(ge=1, le=200)] = 50,
    kind: EntryKind | None = None,
) -> LedgerPage:
    """The ledger, the newest line first; each line's hash covers the line before it."""
    return ledger_page(ws, spec, page=page, size=size, kind=kind)


@router.get("/retrains")
def model_retrains(ws: Ws, spec: Spec) -> Retrains:
    """Every retrain: what it was expected to bring, what it brought, and whether that was worth its cost."""
    return retrains_of(ws, spec)
