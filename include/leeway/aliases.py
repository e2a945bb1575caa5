"""The aliases in MLflow are a projection of the ledger: this puts them where the ledger says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leeway.core import REJECTED, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from leeway.core import Outcome, Promotion
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
    """The newest challenger that waits for a person, if one does."""
    return newest_waiting(
        ws.catalog.evaluations(model), ws.catalog.promotions(model), frozen=ws.catalog.is_frozen(model)
    )


def newest_waiting(outcomes: Sequence[Outcome], promotions: Iterable[Promotion], *, frozen: bool) -> int | None:
    """The newest challenger that waits for a person: neither promoted nor rejected, nor overtaken.

    Args:
        outcomes: of the model's retrains, in order: all, or at least those from its newest challenger on.
        promotions: all, or at least those since the first of the outcomes.
        frozen: whether the model is frozen: then one that the gates would promote waits too.
    """
    asks = {Verdict.AWAIT_APPROVAL, Verdict.PROMOTE} if frozen else {Verdict.AWAIT_APPROVAL}
    rejected = {found.request.removeprefix(REJECTED) for found in outcomes if found.request.startswith(REJECTED)}
    for outcome in reversed(outcomes):
        version = outcome.challenger
        if version is None or str(version) in rejected:
            continue
        served = any(promotion.to_version == version for promotion in promotions)
        return version if outcome.verdict in asks and not served else None
    return None


def _name(version: int | None) -> str:
    return f"v{version}" if version is not None else "none"
