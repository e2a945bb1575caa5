"""The aliases in MLflow are a projection of the ledger: this puts them where the ledger says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leeway.core import REJECTED, Verdict

if TYPE_CHECKING:
    from leeway.workspace import Workspace


def project(ws: Workspace, model: str) -> list[str]:
    """Set ``@champion`` and ``@challenger`` as the ledger has them.

    Returns:
        One sentence for each alias that had to be moved.
    """
    wanted = {"champion": ws.catalog.champion(model), "challenger": waiting(ws, model)}
    moved = []
    for alias, version in wanted.items():
        found = ws.tracking.alias(model, alias)
        if found != version:
            ws.tracking.set_alias(model, alias, version)
            moved.append(f"{model}@{alias}: {_name(found)} -> {_name(version)}")
    return moved


def waiting(ws: Workspace, model: str) -> int | None:
    """The newest challenger that waits for a person, if one does: neither promoted nor rejected, nor overtaken.

    While the model is frozen, one that the gates would promote waits too.
    """
    asks = {Verdict.AWAIT_APPROVAL, Verdict.PROMOTE} if ws.catalog.is_frozen(model) else {Verdict.AWAIT_APPROVAL}
    evaluations = ws.catalog.evaluations(model)
    served = {promotion.to_version for promotion in ws.catalog.promotions(model)}
    rejected = {found.request.removeprefix(REJECTED) for found in evaluations if found.request.startswith(REJECTED)}
    for evaluation in reversed(evaluations):
        version = evaluation.challenger
        if version is None or str(version) in rejected:
            continue
        return version if evaluation.verdict in asks and version not in served else None
    return None


def _name(version: int | None) -> str:
    return f"v{version}" if version is not None else "none"
