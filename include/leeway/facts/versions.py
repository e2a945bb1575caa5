"""The registered versions of a model, and when each served."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leeway.core import Instant, Value
from leeway.facts.champions import Service, services
from leeway.facts.plain import Figure

if TYPE_CHECKING:
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


class VersionFacts(Value):
    """A version: ``trained_on`` from when to when, metrics on held-back rows, and the spans in which it served."""

    version: int
    as_of: Instant
    trained_on: tuple[Instant, Instant]
    metrics: dict[str, Figure]
    serves: tuple[Service, ...]
    mlflow_url: str | None


def versions_of(ws: Workspace, spec: ModelSpec) -> tuple[VersionFacts, ...]:
    """All versions, the newest first."""
    spans = services(ws.catalog.promotions(spec.name))
    return tuple(
        VersionFacts(
            version=found.version,
            as_of=found.as_of,
            trained_on=(found.trained_on[0].start, found.trained_on[1].end),
            metrics=found.metrics,
            serves=tuple(span for span in spans if span.version == found.version),
            mlflow_url=ws.tracking.version_url(spec.name, found.version),
        )
        for found in reversed(ws.catalog.versions(spec.name))
    )
