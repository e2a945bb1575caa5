"""What can be told, and what every receiver of it promises."""

from __future__ import annotations

from abc import abstractmethod
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field, SerializeAsAny

from leeway.canonical import digest
from leeway.core import Instant, Value, Window
from leeway.kinds import Kind, KindOf

if TYPE_CHECKING:
    from leeway.alerts.message import Message


class Severity(StrEnum):
    """How much something matters."""

    INFO = "info"
    """It went as planned: a promotion, a rejected challenger."""
    WARNING = "warning"
    """A person should look, in working hours."""
    CRITICAL = "critical"
    """Predictions are missing or do harm now, or nobody watches them."""

    @property
    def rank(self) -> int:
        """Place in the order, from 0."""
        return list(Severity).index(self)


class Phase(StrEnum):
    """Whether an event stands alone, or what it says of trouble that lasts: of an *incident*."""

    HAPPENED = "happened"
    BEGAN = "began"
    """Said again while it lasts, it begins nothing new."""
    LASTS = "lasts"
    """It is not over; without an incident there is nothing to say."""
    ENDED = "ended"


class Topic(StrEnum):
    """What an event is about."""

    DATA = "data"
    """Rows are missing, or set aside."""
    DRIFT = "drift"
    """Something was flagged that a decision rests on."""
    ACTION = "action"
    """Something is done: a retrain, a recalibration, a roll back, a promotion, a rejection."""
    TRAINING = "training"
    """Trainings fail."""
    APPROVAL = "approval"
    """A challenger waits for a person."""
    MONITORING = "monitoring"
    """Windows are not decided: a task failed, or nothing runs."""


class Event(Value):
    """One thing about one model that may be worth telling. Topic, phase and subject say which one: it is told once."""

    model: str
    topic: Topic
    phase: Phase
    severity: Severity
    subject: str = Field(description="Which one: the key of a window, a version, a run.")
    title: str = Field(description="A few words.")
    sentence: str = Field(default="", description="What a person reads.")
    details: tuple[str, ...] = Field(default=(), description="The worst few findings behind it, a sentence each.")
    window: Window | None = None
    at: Instant

    @property
    def identity(self) -> tuple[str, str, str]:
        """What makes it the same event, however often it is noticed."""
        return self.topic, self.phase, self.subject

    @property
    def incident(self) -> str:
        """What it is trouble of: of its topic, and each challenger that waits is one of its own."""
        return f"{self.topic}/{self.subject}" if self.topic is Topic.APPROVAL else self.topic

    @property
    def urgent(self) -> bool:
        """Whether it is told at any hour; that trouble is over is not."""
        return self.severity is Severity.CRITICAL and self.phase is not Phase.ENDED


class Sink(Kind):
    """A place that messages are sent to."""

    FAMILY: ClassVar[str] = "sink"
    KINDS: ClassVar[dict[str, str]] = {
        "email": "leeway.alerts.sinks:Email",
        "slack": "leeway.alerts.sinks:Slack",
        "webhook": "leeway.alerts.sinks:Webhook",
        "apprise": "leeway.alerts.sinks:AppriseUrl",
    }

    least: Severity = Field(
        default=Severity.INFO, description="Only what matters at least so much goes here: info, warning or critical."
    )

    @property
    def label(self) -> str:
        """What the record of sent messages calls it; without its address, which may be a secret."""
        return f"{self.kind}:{digest(self.model_dump(mode='json', exclude={'least'}))[:8]}"

    @abstractmethod
    def services(self, message: Message) -> list[Any]:
        """Make apprise's objects that send this message, one for each receiver, with environment variables put in.

        Raises:
            SpecError: SPEC050 if an environment variable is not set.
            AlertError: ALR102 if apprise does not understand an address.
        """

    def body(self, message: Message) -> str:
        """The text that is sent."""
        return message.text


AnySink = Annotated[SerializeAsAny[Sink], KindOf(Sink)]
