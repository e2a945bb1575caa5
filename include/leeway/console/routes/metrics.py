"""How the models are, for Prometheus: of those models that its user may see."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from leeway.catalog import FigureKind
from leeway.console.access import Visible
from leeway.console.exposition import MEDIA_TYPE, Family, exposition
from leeway.console.models import Ws, specs
from leeway.facts.health import Health
from leeway.facts.rows import RECENT_WINDOWS, newest_values
from leeway.facts.standing import standings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from leeway.catalog import Catalog, Point
    from leeway.facts.standing import Standing

router = APIRouter(tags=["metrics"])


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(ws: Ws, visible: Visible) -> PlainTextResponse:
    """How the models are that the user may see, in Prometheus' text format."""
    seen = [spec for name, spec in specs()[0].items() if name in visible]
    found = standings(ws.catalog, seen, datetime.now(UTC))
    families = (
        *_states(found),
        *_service(ws.catalog, found),
        *_figures(ws.catalog, found),
        _retrains(ws.catalog, found),
    )
    return PlainTextResponse(exposition(families), media_type=MEDIA_TYPE)


def _states(found: Sequence[Standing]) -> Iterable[Family]:
    health = Family("leeway_health", "gauge", "1 for the health that the model has, 0 for the others.")
    late = Family(
        "leeway_late_seconds", "gauge", "How long the next decision is overdue; 0: not at all, or catching up."
    )
    flagged = Family("leeway_flagged_signals", "gauge", "Signals flagged in the last window, by kind.")
    open_ = Family("leeway_open", "gauge", "1 for what is open or waits for a person, 0 for what is not.")
    for standing in found:
        model = {"model": standing.spec.name}
        for one in Health:
            health.add(standing.assessment.health is one, {**model, "health": one})
        late.add(standing.late_by or 0.0, model)
        for kind, count in sorted(Counter(flag.kind for flag in standing.flags).items()):
            flagged.add(count, {**model, "kind": kind})
        for what, is_open in _open(standing).items():
            open_.add(is_open, {**model, "what": what})
    return health, late, flagged, open_


def _open(standing: Standing) -> dict[str, bool]:
    order = standing.order
    return {
        "retrain": order is not None and order.trains,
        "roll_back": order is not None and not order.trains,
        "approval": standing.waiting is not None,
        "freeze": standing.latest.frozen is not None,
    }


def _service(catalog: Catalog, found: Sequence[Standing]) -> Iterable[Family]:
    version = Family("leeway_champion_version", "gauge", "The version that serves.")
    age = Family("leeway_champion_windows", "gauge", "Decided windows since it took over.")
    champions = [champion for standing in found if (champion := standing.latest.champion) is not None]
    windows = catalog.decided_since({champion.model: champion.effective_from for champion in champions})
    for champion in champions:
        version.add(champion.to_version, {"model": champion.model})
        age.add(windows[champion.model], {"model": champion.model})
    return version, age


def _figures(catalog: Catalog, found: Sequence[Standing]) -> Iterable[Family]:
    realised = Family("leeway_metric_realised", "gauge", "Newest realised value of the primary metric.")
    estimated = Family("leeway_metric_estimated", "gauge", "Newest estimate of it, unless estimates are muted.")
    coverage = Family(
        "leeway_label_coverage", "gauge", "Share of the scored rows with a label, in the newest realised window."
    )
    points = catalog.newest_points([standing.spec.name for standing in found], RECENT_WINDOWS)
    for standing in found:
        known, metric = points[standing.spec.name], standing.spec.metric
        labels = {"model": standing.spec.name, "metric": metric}
        value, guess = newest_values(known, metric)
        realised.add(value, labels)
        estimated.add(guess, labels)
        coverage.add(_coverage(known), {"model": standing.spec.name})
    return realised, estimated, coverage


def _coverage(points: Iterable[Point]) -> float | None:
    realised = [point.coverage for point in points if point.kind is FigureKind.REALISED]
    return realised[-1] if realised else None


def _retrains(catalog: Catalog, found: Sequence[Standing]) -> Family:
    ended = Family("leeway_retrains_total", "counter", "Retrains, by how they ended; refused: by a person.")
    for model, tally in catalog.tallies([standing.spec.name for standing in found]).items():
        for verdict, count in tally.retrains.items():
            ended.add(count, {"model": model, "ended": verdict})
        ended.add(tally.refused, {"model": model, "ended": "refused"})
    return ended
