"""The safety envelope: what no decision may exceed, whatever the policy. Pure: it knows what the policy knows.

What is stopped becomes an alert that says what would have been done and what stands against it; while that goes on it
is not said again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pydantic import Field

from leeway.core import REJECTED, Action, PromotionKind, Reason, Verdict
from leeway.kinds import Strict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leeway.core import Decision, Freeze, Outcome
    from leeway.policies.base import History

ACTIONS = frozenset({Action.RETRAIN, Action.RECALIBRATE, Action.ROLL_BACK})
"""What changes who serves; blocking and alerting are never stopped."""
ENOUGH_LABELS = 400
"""Rows that are asked for at once: they tell a mean loss to a twentieth of a single row's standard deviation."""


class Count(Strict):
    """So many in any so many windows in a row."""

    at_most: int = Field(ge=1, description="The most that is allowed.")
    windows: int = Field(ge=1, description="In any so many windows in a row.")


class Hours(Strict):
    """So many hours in any so many windows in a row."""

    at_most: float = Field(gt=0, description="The most that is allowed.")
    windows: int = Field(ge=1, description="In any so many windows in a row.")


class Limits(Strict):
    """What a policy may not exceed."""

    retrains: Count | None = Field(default=None, description="Retrains that may be decided in a period.")
    training_hours: Hours | None = Field(
        default=None, description="Hours of fitting after which nothing is trained until the period has passed."
    )
    labels: Count | None = Field(
        default=None, description="Rows that people may be asked to label; without it nobody is asked."
    )
    rejections: int | None = Field(
        default=3, ge=1, description="So many rejected challengers in a row, and a person has to look first."
    )


class _Stop(NamedTuple):
    reason: Reason
    why: str


def within(limits: Limits, history: History, decision: Decision) -> Decision:
    """Let a decision pass if it stays within the limits; else say what stands against it.

    Args:
        limits: of the model file.
        history: what the policy knew.
        decision: what it decided.
    """
    decision = _with_target(history, _with_labels(limits, history, decision))
    stops = tuple(_stops(limits, history, decision))
    return _stopped(history, decision, stops) if stops else decision


def rejected_in_a_row(outcomes: Sequence[Outcome], frozen: Freeze | None) -> int:
    """Challengers that were rejected since the last one that was not, and since a person last looked.

    A person has looked when they asked for a retrain or ended a freeze. A training that failed says nothing of a
    challenger, and a champion with corrected scores is none.

    Args:
        outcomes: of the model's retrains, in order: all, or at least those from the last accepted challenger on.
        frozen: the last freeze, or end of one.
    """
    rejected = {found.request.removeprefix(REJECTED) for found in outcomes if found.request.startswith(REJECTED)}
    count = 0
    for outcome in reversed(outcomes):
        if _a_person_looked(outcome, frozen):
            break
        if Reason.MISCALIBRATED in outcome.reasons:
            continue
        if outcome.verdict is Verdict.REJECT:
            count += 1
        elif outcome.verdict is not Verdict.FAILED and str(outcome.challenger) not in rejected:
            break
    return count


def _a_person_looked(outcome: Outcome, frozen: Freeze | None) -> bool:
    ended = frozen is not None and not frozen.frozen and frozen.effective_from
    return Reason.REQUESTED in outcome.reasons or bool(ended and outcome.as_of <= ended)


def _stops(limits: Limits, history: History, decision: Decision) -> Iterator[_Stop]:
    action, frozen = decision.action, history.frozen
    if action in ACTIONS and frozen is not None and frozen.frozen:
        yield _Stop(Reason.FROZEN, f"{frozen.by} froze the model: {frozen.reason.rstrip('.')}")
    if action in (Action.RETRAIN, Action.RECALIBRATE):
        yield from _stops_of_training(limits, history, action)
    if action in (Action.ROLL_BACK, Action.RECALIBRATE):
        yield from _unknown(history)
    if action is Action.ROLL_BACK:
        yield from _no_way_back(history, decision.evidence["to"])


def _stops_of_training(limits: Limits, history: History, action: Action) -> Iterator[_Stop]:
    count = rejected_in_a_row(history.evaluations, history.frozen)
    if limits.rejections is not None and count >= limits.rejections:
        again = "ask for a retrain by hand, or unfreeze the model, to let it go on"
        yield _Stop(Reason.REJECTIONS, f"{count} challengers in a row were rejected. A person has to look: {again}")
    if action is Action.RETRAIN and (most := limits.retrains) is not None:
        made = sum(decided.action is Action.RETRAIN for decided in _recent(history, most.windows))
        if made >= most.at_most:
            yield _Stop(Reason.LIMIT, f"{most.at_most} retrains in {most.windows} windows are allowed, and {made} were")
    if (hours := limits.training_hours) is not None:
        spent = _hours(history, hours.windows)
        if spent >= hours.at_most:
            allowed = f"{hours.at_most:g} hours of training in {hours.windows} windows are allowed"
            yield _Stop(Reason.LIMIT, f"{allowed}, and {spent:.2f} are used")


def _unknown(history: History) -> Iterator[_Stop]:
    """Hysteresis: what was put into service shows on labels what it is worth before it is put out again."""
    champion = history.current.champion
    if champion is None:
        yield _Stop(Reason.NOT_ENOUGH_DATA, "there is no champion")
    elif not any(found.version == champion for m in (*history.past, history.current) for found in m.matured):
        yield _Stop(Reason.COOLDOWN, f"no label has judged v{champion} yet")


def _no_way_back(history: History, target: int | None) -> Iterator[_Stop]:
    """An earlier champion may return, but not one that was itself rolled back from: only a person lets it."""
    if target not in {changed.to_version for changed in history.promotions} or target == history.current.champion:
        yield _Stop(Reason.NOT_ENOUGH_DATA, "there is no such earlier champion")
    elif any(p.kind is PromotionKind.ROLLBACK and p.from_version == target for p in history.promotions):
        yield _Stop(Reason.COOLDOWN, f"v{target} was itself rolled back from, and only a person lets it serve again")


def _stopped(history: History, decision: Decision, stops: tuple[_Stop, ...]) -> Decision:
    reasons = tuple(dict.fromkeys((*decision.reasons, *(stop.reason for stop in stops))))
    told = _told(history, reasons)
    sentence = f"{decision.sentence} The policy would {_wish(decision)}, but {'; and '.join(s.why for s in stops)}."
    stopped = {"action": decision.action.value, "by": [stop.reason.value for stop in stops]}
    return decision.model_copy(
        update={
            "action": Action.NONE if told else Action.ALERT,
            "reasons": reasons,
            "sentence": f"{sentence} This was said before." if told else sentence,
            "evidence": {**decision.evidence, "stopped": stopped},
        }
    )


def _wish(decision: Decision) -> str:
    if decision.action is Action.ROLL_BACK:
        target = decision.evidence["to"]
        return f"roll back to v{target}" if target is not None else "roll back"
    return "retrain" if decision.action is Action.RETRAIN else "recalibrate the champion"


def _told(history: History, reasons: tuple[Reason, ...]) -> bool:
    """Whether the same was stopped before for the same reasons, and nothing was done nor said by a person since."""
    frozen = history.frozen
    for made in reversed(history.decisions):
        if made.action in ACTIONS or (frozen is not None and made.window.start < frozen.effective_from):
            return False
        if "stopped" in made.evidence and set(reasons) <= set(made.reasons):
            return True
    return False


def _with_target(history: History, decision: Decision) -> Decision:
    """A roll back names its target: by default the champion before."""
    if decision.action is not Action.ROLL_BACK or decision.evidence.get("to") is not None:
        return decision
    before = history.promotions[-1].from_version if history.promotions else None
    return decision.model_copy(update={"evidence": {**decision.evidence, "to": before}})


def _with_labels(limits: Limits, history: History, decision: Decision) -> Decision:
    """Where drift that has just been found cannot be judged, ask for labels, as far as the budget goes."""
    unjudged = Reason.DATA_DRIFT in decision.reasons and not history.judged and decision.action is not Action.NONE
    if limits.labels is None or not unjudged:
        return decision
    asked = [made.evidence["label"]["rows"] for made in _recent(history, limits.labels.windows) if _asks(made)]
    rows = min(ENOUGH_LABELS, history.current.rows, limits.labels.at_most - sum(asked))
    if rows <= 0:
        used = f"No label is asked for: the {limits.labels.at_most:,} of {limits.labels.windows} windows are used up."
        return decision.model_copy(update={"sentence": f"{decision.sentence} {used}"})
    ask = f"To judge it, have {rows:,} rows of {decision.window} labelled: `leeway labels {decision.model}` lists them."
    label = {"window": decision.window.model_dump(mode="json"), "rows": rows}
    return decision.model_copy(
        update={"sentence": f"{decision.sentence} {ask}", "evidence": {**decision.evidence, "label": label}}
    )


def _asks(decision: Decision) -> bool:
    return "label" in decision.evidence


def _recent(history: History, windows: int) -> tuple[Decision, ...]:
    """The decisions about the windows before this one that lie with it in a period of so many windows."""
    return history.decisions[max(0, len(history.decisions) - (windows - 1)) :]


def _hours(history: History, windows: int) -> float:
    """Hours of fitting in the period, this window's included."""
    recent = _recent(history, windows)
    since = recent[0].window.start if recent else history.current.window.start
    return sum(found.seconds for found in history.evaluations if found.as_of > since) / 3600
