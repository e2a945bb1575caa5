"""promote: make a challenger that passed every gate the champion, from the first window that is not scored yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leeway import aliases
from leeway.core import REJECTED, EntryKind, Evaluation, Promotion, PromotionKind, Verdict, rejection
from leeway.errors import ConflictError

if TYPE_CHECKING:
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

GATES = "gates"
"""Who promotes a challenger that passed them."""


def promote(
    ws: Workspace, spec: ModelSpec, evaluation: Evaluation, *, by: str = GATES, comment: str = ""
) -> Promotion | None:
    """Promote the challenger of an evaluation, and point the aliases to whom they belong; again it changes nothing.

    Args:
        ws: the workspace.
        spec: the model.
        evaluation: its verdict must be ``promote``, or ``await_approval`` with ``by`` naming the person who approved.
        by: 'gates' or a person.
        comment: what the person says to it, for the ledger.

    Returns:
        The promotion, or None if the evaluation does not lead to one: the verdict is another, or the model is frozen
        and no person says ``by`` name that the challenger is to serve all the same.

    Raises:
        ConflictError: if another champion has taken over since the evaluation, or the challenger was rejected.
    """
    approved = evaluation.verdict is Verdict.AWAIT_APPROVAL and by != GATES
    if evaluation.challenger is None or not (approved or evaluation.verdict is Verdict.PROMOTE):
        aliases.project(ws, spec.name)
        return None
    if ws.catalog.evaluation(spec.name, evaluation.as_of, request=_rejection(evaluation)) is not None:
        raise ConflictError(
            f"v{evaluation.challenger} was rejected",
            code="CAT114",
            model=spec.name,
            do=f"Retrain: trigger {spec.name}__training.",
        )
    made = [p for p in ws.catalog.promotions(spec.name) if p.to_version == evaluation.challenger]
    if made:
        aliases.project(ws, spec.name)
        return made[0]
    person = by != GATES
    if not person and ws.catalog.is_frozen(spec.name):
        aliases.project(ws, spec.name)
        return None
    promotion = ws.catalog.promote(
        model=spec.name,
        kind=PromotionKind.PROMOTION,
        from_version=evaluation.champion,
        to_version=evaluation.challenger,
        not_before=evaluation.as_of,
        reason=f"{evaluation.sentence} {by}: {comment}" if comment else evaluation.sentence,
        by=by,
        despite_freeze=person,
    )
    aliases.project(ws, spec.name)
    return promotion


def reject(ws: Workspace, spec: ModelSpec, evaluation: Evaluation, *, by: str, comment: str = "") -> None:
    """Record that a person (or the time limit) rejected a challenger that waited for approval; again changes nothing.

    A comment stands in the ledger with it.

    Raises:
        ConflictError: if it serves already.
    """
    challenger, seen = evaluation.challenger, ws.catalog.last_seq(spec.name)
    if any(promotion.to_version == challenger for promotion in ws.catalog.promotions(spec.name)):
        raise ConflictError(f"v{challenger} serves already", code="CAT110", model=spec.name, do="Roll back instead.")
    request = _rejection(evaluation)
    if ws.catalog.evaluation(spec.name, evaluation.as_of, request=request) is None:
        sentence = rejection(by, comment)
        rejected = evaluation.model_copy(
            update={"request": request, "verdict": Verdict.REJECT, "challenger": None, "sentence": sentence}
        )
        ws.catalog.append(spec.name, EntryKind.EVALUATION, evaluation.as_of, rejected, expected=seen)
    aliases.project(ws, spec.name)


def _rejection(evaluation: Evaluation) -> str:
    """Under which request the rejection of a challenger stands in the ledger."""
    return f"{REJECTED}{evaluation.challenger}"
