"""roll back: let an earlier champion serve again, in one step, as a person or a decision says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leeway import aliases, turns
from leeway.core import Decision, Promotion, PromotionKind
from leeway.dataset import served_model
from leeway.errors import LeewayError

if TYPE_CHECKING:
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

POLICY = "policy"
"""Who rolls back when a decision says so."""


def roll_back_as_decided(ws: Workspace, spec: ModelSpec, decision: Decision) -> Promotion | None:
    """Carry out a decision to roll back: to the version in ``evidence["to"]``, by default the champion before. Once.

    Returns:
        The promotion, or None if there is nothing to do: it is done, or a person has changed the champion since then or
        frozen the model.

    Raises:
        LeewayError, ArtifactError, ConflictError: as `roll_back`.
    """
    if not turns.is_open(ws.catalog, decision):
        return None
    return roll_back(ws, spec, to=decision.evidence.get("to"), by=POLICY, reason=decision.sentence)


def roll_back(ws: Workspace, spec: ModelSpec, *, to: int | None = None, by: str, reason: str = "") -> Promotion:
    """Make an earlier champion (default: the one before) the champion, from the first window that is not scored yet.

    Its files are loaded and checked before anything changes.

    Raises:
        LeewayError: if there is no earlier champion, or ``to`` never was one.
        ArtifactError: if its files are not the ones that were registered.
        ConflictError: if the champion changed meanwhile, or the model is frozen and it is not a person who says so.
    """
    current, target = ws.catalog.champion(spec.name), target_of(ws, spec, to)
    served_model(ws, spec, target)
    promotion = ws.catalog.promote(
        model=spec.name,
        kind=PromotionKind.ROLLBACK,
        from_version=current,
        to_version=target,
        not_before=spec.schedule.first.start,
        reason=reason or f"rolled back from v{current}",
        by=by,
        despite_freeze=by != POLICY,
    )
    aliases.project(ws, spec.name)
    return promotion


def target_of(ws: Workspace, spec: ModelSpec, to: int | None = None) -> int:
    """Which version a roll back brings back: ``to``, by default the champion before.

    Raises:
        LeewayError: LWY010 if there is no earlier champion, LWY011 if ``to`` never was one, LWY012 if it serves.
    """
    promotions = ws.catalog.promotions(spec.name)
    served = list(dict.fromkeys(version for p in promotions for version in (p.from_version, p.to_version) if version))
    target = to if to is not None else (promotions[-1].from_version if promotions else None)
    if target is None:
        raise LeewayError("there is no earlier champion to go back to", code="LWY010", model=spec.name)
    if target not in served:
        known = ", ".join(f"v{version}" for version in served) or "none"
        raise LeewayError(f"v{target} never served; champions so far: {known}", code="LWY011", model=spec.name)
    if target == promotions[-1].to_version:
        raise LeewayError(f"v{target} is the champion", code="LWY012", model=spec.name)
    return target
