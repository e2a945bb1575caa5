"""What is decided about a window, and why."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field

from leeway.core.values import Value
from leeway.core.window import Window


class Action(StrEnum):
    """What a decision asks for."""

    NONE = "none"
    ALERT = "alert"
    RETRAIN = "retrain"
    BLOCK = "block"
    ROLL_BACK = "roll_back"
    RECALIBRATE = "recalibrate"
    """Keep the champion and correct its scores: cheaper than a retrain, and through the same gates."""


class Reason(StrEnum):
    """Why, in a word that never changes; the sentence beside it is for people."""

    BOOTSTRAP = "bootstrap"
    CONCEPT_DRIFT = "concept_drift"
    DATA_DRIFT = "data_drift"
    QUALITY = "quality"
    SCHEDULED = "scheduled"
    REQUESTED = "requested"
    QUARANTINED = "quarantined"
    COOLDOWN = "cooldown"
    NOT_ENOUGH_DATA = "not_enough_data"
    HARMLESS = "harmless"
    WORTH_IT = "worth_it"
    NOT_WORTH_IT = "not_worth_it"
    HARM = "harm"
    """An earlier champion would have done better on the same rows."""
    MISCALIBRATED = "miscalibrated"
    FROZEN = "frozen"
    LIMIT = "limit"
    """A budget is used up: retrains, training time or labels."""
    REJECTIONS = "rejections"
    """Too many challengers in a row were rejected: a person has to look."""
    QUIET = "quiet"
    NOT_DECIDED_THEN = "not_decided_then"


class Decision(Value):
    """What a policy decided for a window, with its reasons and the evidence they rest on."""

    model: str
    window: Window
    action: Action
    reasons: tuple[Reason, ...]
    sentence: str
    champion: int | None = None
    policy: str = ""
    evidence: dict[str, Any] = Field(default_factory=dict)
