"""One model: how it is, how it did, what was done about it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from leeway.console.access import Person, User, may_start
from leeway.console.actions import offered
from leeway.console.answers import spelled
from leeway.console.models import Spec, Ws
from leeway.core import EntryKind
from leeway.facts.drift import DriftMap, drift_map
from leeway.facts.ledger import LedgerPage, ledger_page
from leeway.facts.retrains import Retrains, retrains_of
from leeway.facts.rows import ModelRow, model_rows
from leeway.facts.slices import SliceHistory, slice_history
from leeway.facts.specification import SpecFacts, spec_facts
from leeway.facts.standing import standings
from leeway.facts.timeline import Timeline, timeline
from leeway.facts.versions import VersionFacts, versions_of
from leeway.facts.windows import Span
from leeway.settings import BACKTEST_DAG
from leeway.spec import ModelSpec

router = APIRouter(prefix="/api/models/{model}", tags=["model"])

Since = Annotated[str | None, Query(description="A date or time in the first window; default: the oldest.")]
Until = Annotated[str | None, Query(description="A date or time in the last window; default: the newest.")]


class Version(VersionFacts):
    """A version, and the address of its card."""

    card: str


class Rights(BaseModel):
    """Which DAGs the person may start."""

    run_training: bool
    run_promotion: bool
    run_monitoring: bool
    run_backtest: bool


class Dags(BaseModel):
    """The ids of the model's DAGs."""

    monitoring: str
    training: str
    promotion: str


class Offer(BaseModel):
    """Something that can be done about the model; ``why_not`` says why this person cannot do it now."""

    name: str
    label: str
    allowed: bool
    why_not: str | None


class ModelFacts(ModelRow):
    """The head of a model's page: its row in the overview, its file in short, its versions, what can be done."""

    spec: SpecFacts
    versions: list[Version]
    may: Rights
    dags: Dags
    first_window: Span | None
    windows: int
    actions: list[Offer]


@router.get("")
def model(ws: Ws, spec: Spec, user: User) -> ModelFacts:
    """How the model is, what it is, and what the person may do about it."""
    (row,) = model_rows(ws.catalog, standings(ws.catalog, [spec], datetime.now(UTC)))
    cards = f"/leeway/api/models/{spec.name}/card"
    windows, first = ws.catalog.decided(spec.name)
    return ModelFacts(
        **dict(row),
        spec=spec_facts(spec),
        versions=[Version(**dict(found), card=f"{cards}/{found.version}") for found in versions_of(ws, spec)],
        may=_rights(spec, user),
        dags=Dags(**{purpose: f"{spec.name}__{purpose}" for purpose in Dags.model_fields}),
        first_window=Span.of_any(first),
        windows=windows,
        actions=[Offer(**offer) for offer in offered(ws, spec, user)],
    )


def _rights(spec: ModelSpec, user: Person) -> Rights:
    runs = {f"run_{purpose}": may_start(user, f"{spec.name}__{purpose}") for purpose in Dags.model_fields}
    return Rights(**runs, run_backtest=may_start(user, BACKTEST_DAG))


@router.get("/timeline", response_model=Timeline)
def model_timeline(ws: Ws, spec: Spec, since: Since = None, until: Until = None) -> Response:
    """The primary metric of every window, realised and estimated; who served; every decision and promotion."""
    return spelled(timeline(ws, spec, since=since, until=until))


@router.get("/drift", response_model=DriftMap)
def model_drift(ws: Ws, spec: Spec, since: Since = None, until: Until = None) -> Response:
    """How far every column lay from its reference in every window."""
    return spelled(drift_map(ws, spec, since=since, until=until))


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
