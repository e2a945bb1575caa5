"""What all policies share: block bad data, make the first champion, count windows since the last retrain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from leeway.core import Action, Decision, Reason

if TYPE_CHECKING:
    from leeway.policies.base import History, Policy

_SINCE = "windows_since_retrain"
KNOWN: Final = "labelled_windows"
"""Where the evidence of a decision notes how many windows had labels; later decisions see there whether more came."""


def decision(
    policy: Policy,
    history: History,
    *,
    action: Action,
    reasons: tuple[Reason, ...],
    sentence: str,
    evidence: dict[str, Any] | None = None,
) -> Decision:
    """Make a decision about the current window; the figures that every decision rests on are added to the evidence."""
    current = history.current
    return Decision(
        model=current.model,
        window=current.window,
        action=action,
        reasons=reasons,
        sentence=sentence,
        champion=current.champion,
        policy=policy.kind,
        evidence={
            KNOWN: history.labelled_windows,
            "labelled_rows": history.labelled_rows,
            _SINCE: windows_since_retrain(history),
            **(evidence or {}),
        },
    )


def first_steps(policy: Policy, history: History, *, cooldown: int) -> Decision | None:
    """Decide where no policy has a choice: a quarantined window, and a model without a champion.

    Returns:
        None if there is a champion and the window can be judged.
    """
    if history.current.status == "quarantined":
        return decision(
            policy,
            history,
            action=Action.BLOCK,
            reasons=(Reason.QUARANTINED,),
            sentence="The window's data are quarantined: nothing was scored or measured, nothing is decided from it.",
        )
    return _bootstrap(policy, history, cooldown) if history.current.champion is None else None


def windows_since_retrain(history: History) -> int | None:
    """How many windows ago a retrain was last decided: 1 is the window before this one; None is never.

    Every decision notes it for its own window, so this looks one decision back and not through all of them.
    """
    for ago, made in enumerate(reversed(history.decisions), 1):
        if made.action is Action.RETRAIN:
            return ago
        if _SINCE in made.evidence:
            then: int | None = made.evidence[_SINCE]
            return None if then is None else then + ago
    return None


def cooling(history: History, cooldown: int, action: Action = Action.RETRAIN) -> bool:
    """Whether the last retrain (or other ``action``) was decided at most ``cooldown`` windows ago."""
    return cooldown > 0 and any(made.action is action for made in history.decisions[-cooldown:])


def retrain(
    policy: Policy, history: History, *, reasons: tuple[Reason, ...], sentence: str, evidence: dict[str, Any]
) -> Decision:
    """Decide to retrain, unless the last retrain cools down or labels are too few; then say so."""
    against = _against(policy, history)
    if against is None:
        action = Action.RETRAIN
    else:
        action, reasons, sentence = told(history, reasons), (*reasons, against[0]), f"{sentence} {against[1]}"
    return decision(policy, history, action=action, reasons=reasons, sentence=sentence, evidence=evidence)


def told(history: History, reasons: tuple[Reason, ...]) -> Action:
    """What becomes of reasons that lead to no retrain: an alert if they are news and not merely the calendar."""
    reported = history.decisions[-1].reasons if history.decisions else ()
    return Action.ALERT if set(reasons) - {Reason.SCHEDULED, *reported} else Action.NONE


def _against(policy: Policy, history: History) -> tuple[Reason, str] | None:
    """What stands against a retrain now, if anything does."""
    if cooling(history, policy.cooldown):
        ago = windows_since_retrain(history)
        why = f"No retrain: the last one was {ago} window(s) ago, and {policy.cooldown} have to pass."
        return Reason.COOLDOWN, why
    if history.labelled_rows < policy.min_rows:
        why = f"No retrain: only {history.labelled_rows:,} of {policy.min_rows:,} labels are known."
        return Reason.NOT_ENOUGH_DATA, why
    return None


def _bootstrap(policy: Policy, history: History, cooldown: int) -> Decision:
    windows, rows = history.labelled_windows, history.labelled_rows
    have = f"{windows} labelled windows with {rows:,} labels"
    if windows < policy.bootstrap_windows or rows < policy.min_rows:
        action, reason = Action.NONE, Reason.NOT_ENOUGH_DATA
        sentence = (
            f"No champion yet: {have}, needed are {policy.bootstrap_windows} windows and {policy.min_rows:,} labels."
        )
    elif cooling(history, cooldown):
        action, reason = Action.NONE, Reason.COOLDOWN
        sentence = (
            f"No champion yet: a first training was asked for {windows_since_retrain(history)} windows ago; "
            f"the next try is made when more than {cooldown} have passed."
        )
    else:
        action, reason, sentence = Action.RETRAIN, Reason.BOOTSTRAP, f"First training: there are {have}."
    reasons = (reason,) if reason is not Reason.COOLDOWN else (Reason.BOOTSTRAP, Reason.COOLDOWN)
    return decision(policy, history, action=action, reasons=reasons, sentence=sentence)
