"""verify: check every hash there is: the ledger's chain, the stored bytes, the champion's files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leeway.dataset import served_model
from leeway.errors import LeewayError

if TYPE_CHECKING:
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
    for number in _served(ws, spec):
        try:
            served_model(ws, spec, number)
        except LeewayError as error:
            findings.append(str(error))
    return findings


def _served(ws: Workspace, spec: ModelSpec) -> list[int]:
    """The versions that serve or have served."""
    return sorted({promotion.to_version for promotion in ws.catalog.promotions(spec.name)})
