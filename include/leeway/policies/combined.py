"""Policies made of policies: retrain when any of them, or all of them, would."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, SerializeAsAny, model_validator

from leeway.core import Action, Decision, Reason
from leeway.kinds import KindOf
from leeway.policies.base import History, Policy
from leeway.policies.steps import decision, first_steps, retrain, told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leeway.policies.base import Weighed

_BY_STRENGTH = (Action.NONE, Action.ALERT, Action.RECALIBRATE, Action.RETRAIN, Action.ROLL_BACK, Action.BLOCK)
_SHARED = {"bootstrap_windows": 2, "min_rows": 1}
"""Limits that are handed down, with the smallest value that each may have: what is wrong is said once, above."""

AnyPart = Annotated[SerializeAsAny[Policy], KindOf(Policy, nested=("any_of", "all_of"))]


class Combination(Policy):
    """Asks each of its policies about the window and makes one decision of their answers.

    What concerns the combination as a whole is said once: the first champion, blocked windows, the cool-down. Its
    policies have no cool-down of their own unless they state one, and the same limits unless they state others.
    """

    policies: tuple[AnyPart, ...] = Field(min_length=1, description="Each a policy, by its name or with its options.")

    @model_validator(mode="before")
    @classmethod
    def _hand_down(cls, value: Any) -> Any:
        if not isinstance(value, dict) or not isinstance(value.get("policies"), (list, tuple)):
            return value
        common = {"cooldown": 0, **{key: value[key] for key in _SHARED if _is_limit(key, value)}}
        return {**value, "policies": [_with(common, part) for part in value["policies"]]}

    @property
    def needs(self) -> tuple[str, ...]:
        """What its policies need."""
        return tuple(dict.fromkeys(kind for part in self.policies for kind in part.needs))

    @property
    def weighs(self) -> frozenset[Weighed]:
        """What any of its policies weighs."""
        return frozenset(thing for part in self.policies for thing in part.weighs)

    def probes(self, decisions: tuple[Decision, ...]) -> tuple[str, ...]:
        """What any of its policies wants to be probed."""
        return tuple(dict.fromkeys(kind for part in self.policies for kind in part.probes(decisions)))

    @abstractmethod
    def _choose(self, actions: Iterable[Action]) -> Action:
        """The action that the answers amount to."""

    def decide(self, history: History) -> Decision:
        """Ask all, and do what they amount to."""
        if (made := first_steps(self, history, cooldown=self.cooldown)) is not None:
            return made
        parts = [part.decide(history) for part in self.policies]
        action = self._choose(part.action for part in parts)
        if not _acts(action):
            return self._hold_back(history, parts)
        wanting = [part for part in parts if _acts(part.action)]
        reasons, sentence = _reasons(wanting), _sentences(wanting)
        if action is Action.RETRAIN:
            return retrain(self, history, reasons=reasons, sentence=sentence, evidence=_evidence(parts))
        return decision(self, history, action=action, reasons=reasons, sentence=sentence, evidence=_evidence(parts))

    def _hold_back(self, history: History, parts: list[Decision]) -> Decision:
        """Say what each answered; people hear of what a policy alone would have acted on."""
        alone = [part for part in parts if _acts(part.action)]
        reasons = _reasons(parts)
        alerted = any(part.action is Action.ALERT for part in parts)
        return decision(
            self,
            history,
            action=Action.ALERT if alerted else told(history, _reasons(alone)) if alone else Action.NONE,
            reasons=reasons,
            sentence=f"{'No retrain: not all ask for it. ' if alone else ''}{_sentences(parts)}",
            evidence=_evidence(parts),
        )


class AnyOf(Combination):
    """Acts when at least one of its policies would; the strongest action counts."""

    kind: str = "any_of"

    def _choose(self, actions: Iterable[Action]) -> Action:
        return max(actions, key=_BY_STRENGTH.index)


class AllOf(Combination):
    """Acts when every one of its policies would in the same window; the weakest action counts."""

    kind: str = "all_of"

    def _choose(self, actions: Iterable[Action]) -> Action:
        return min(actions, key=_BY_STRENGTH.index)


def _with(common: dict[str, Any], part: Any) -> Any:
    """A policy as it was written, with what it does not state itself; of a combination its cool-down counts, too."""
    if isinstance(part, str):
        part = {"kind": part}
    return {**common, **part} if isinstance(part, dict) else part


def _is_limit(key: str, written: dict[str, Any]) -> bool:
    limit = written.get(key)
    return isinstance(limit, int) and limit >= _SHARED[key]


def _acts(action: Action) -> bool:
    return action not in (Action.NONE, Action.ALERT)


def _reasons(parts: Iterable[Decision]) -> tuple[Reason, ...]:
    """The reasons of all, each once; that all is quiet is no reason beside another."""
    found = dict.fromkeys(reason for part in parts for reason in part.reasons)
    return tuple(reason for reason in found if reason is not Reason.QUIET) or (Reason.QUIET,)


def _sentences(parts: Iterable[Decision]) -> str:
    return " ".join(dict.fromkeys(part.sentence for part in parts))


def _evidence(parts: list[Decision]) -> dict[str, Any]:
    """The evidence of all side by side, where a policy finds its own again, and who answered what."""
    joined = {key: fact for part in reversed(parts) for key, fact in part.evidence.items()}
    answers = [{"policy": part.policy, "action": part.action, "reasons": list(part.reasons)} for part in parts]
    return {**joined, "answers": answers}
