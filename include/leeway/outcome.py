"""What people and DAGs name by a time or a version, looked up in the ledger."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from leeway.errors import CatalogError, SpecError

if TYPE_CHECKING:
    from leeway.core import CandidateResult, Evaluation
    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace


def as_of(ws: Workspace, spec: ModelSpec, text: str | None) -> datetime:
    """The end of a decided window: the newest one, or the one that ended at the time given as text.

    Raises:
        SpecError: if no window was decided yet, or none ended then.
    """
    decisions = ws.catalog.decisions(spec.name)
    if not decisions:
        raise SpecError(
            "nothing was decided yet, so there is nothing to train on", code="SPEC057", model=spec.name,
            do=f"Let {spec.name}__monitoring run first.",
        )  # fmt: skip
    if not text:
        return max(decision.window.end for decision in decisions)
    try:
        wanted = datetime.fromisoformat(text)
    except ValueError:
        raise SpecError(f"as_of {text!r} is not a time", code="SPEC058", model=spec.name) from None
    wanted = wanted.astimezone(UTC) if wanted.tzinfo else wanted.replace(tzinfo=spec.schedule.zone).astimezone(UTC)
    ends = [decision.window.end for decision in decisions]
    if wanted not in ends:
        raise SpecError(
            f"no decided window ended at {wanted:%Y-%m-%dT%H:%MZ}", code="SPEC059", model=spec.name,
            do=f"The newest one ended at {max(ends):%Y-%m-%dT%H:%MZ}.",
        )  # fmt: skip
    return wanted


def find_evaluation(ws: Workspace, spec: ModelSpec, when: str, request: str) -> Evaluation:
    """The recorded evaluation of a training run.

    Raises:
        CatalogError: if there is none.
    """
    found = ws.catalog.evaluation(spec.name, datetime.fromisoformat(when), request=request)
    if found is None:
        raise CatalogError("the evaluation is not in the ledger", code="CAT021", model=spec.name, as_of=when)
    return found


def recipe_of(ws: Workspace, spec: ModelSpec, version: int) -> CandidateResult:
    """The candidate that became a version; of one whose scores were corrected, that of the version below it.

    Raises:
        CatalogError: if no evaluation made it.
    """
    evaluation = evaluation_of(ws, spec, version)
    winner = next(result for result in evaluation.candidates if result.candidate.name == evaluation.winner)
    base = winner.candidate.base
    return winner if base is None else recipe_of(ws, spec, base)


def evaluation_of(ws: Workspace, spec: ModelSpec, version: int) -> Evaluation:
    """The evaluation that made a version.

    Raises:
        CatalogError: if there is none.
    """
    for evaluation in reversed(ws.catalog.evaluations(spec.name)):
        if evaluation.challenger == version:
            return evaluation
    raise CatalogError(f"no evaluation made v{version}", code="CAT022", model=spec.name, do="See leeway history.")
