"""verify: check every hash there is: the ledger's chain, the stored bytes, the champion's files."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from leeway.dataset import served_model
from leeway.errors import LeewayError

if TYPE_CHECKING:
    from collections.abc import Callable

    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


def verify(ws: Workspace, spec: ModelSpec) -> list[str]:
    """Check a model's history from end to end; nothing is changed.

    Returns:
        One sentence for everything that is not as it was written; empty if all is well.
    """
    findings = list(ws.catalog.verify(spec.name))
    for partition in ws.catalog.all_partitions(spec.name):
        finding = ws.store.verify(partition) if partition.usable else None
        if finding:
            findings.append(finding)
    kept = [(found.reference, found.reference_version) for found in ws.catalog.versions(spec.name)]
    for evaluation in ws.catalog.evaluations(spec.name):
        kept += [(tried.predictions, tried.predictions_version) for tried in evaluation.candidates]
    reads: list[Callable[[], object]] = [partial(ws.store.get_bytes, *where) for where in kept]
    reads += [partial(served_model, ws, spec, number) for number in _served(ws, spec)]
    return findings + [finding for read in reads for finding in _wrong(read)]


def _wrong(read: Callable[[], object]) -> list[str]:
    """What is wrong with something that checks its hash when it is read."""
    try:
        read()
    except LeewayError as error:
        return [str(error)]
    return []


def _served(ws: Workspace, spec: ModelSpec) -> list[int]:
    """The versions that serve or have served."""
    return sorted({promotion.to_version for promotion in ws.catalog.promotions(spec.name)})
