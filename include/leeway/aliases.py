"""The aliases in MLflow are a projection of the ledger: this puts them where the ledger says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leeway.core import Verdict

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
    """The challenger that waits for approval, if there is one: the newest, unless it was promoted or rejected since."""
    for evaluation in reversed(ws.catalog.evaluations(model)):
        if evaluation.challenger is not None:
            serving = {promotion.to_version for promotion in ws.catalog.promotions(model)}
            open_ = evaluation.verdict is Verdict.AWAIT_APPROVAL and evaluation.challenger not in serving
            return evaluation.challenger if open_ else None
        if evaluation.verdict is Verdict.REJECT and evaluation.request.startswith("approval:"):
            return None
    return None


def _name(version: int | None) -> str:
    return f"v{version}" if version is not None else "none"
