"""The data of a window: what is read, stored, and pinned for a training."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from leeway.core.values import Instant, Value
from leeway.core.window import Window


class Task(StrEnum):
    """What is predicted."""

    BINARY = "binary"
    REGRESSION = "regression"


class PartitionKind(StrEnum):
    """What a partition holds."""

    RAW = "raw"
    """Features, slices and ids of the rows whose event time lies in the window. Never labels."""
    LABELS = "labels"
    """Labels that *became known* in the window: key, event time, known_at, target."""
    PREDICTIONS = "predictions"
    """Key, event time and score of the window's rows."""
    PROFILE = "profile"
    """The mergeable profile of the window's features."""


class PartitionState(StrEnum):
    """Whether a partition may be used."""

    PUBLISHED = "published"
    QUARANTINED = "quarantined"


class Partition(Value):
    """An immutable, content-addressed piece of data of one model and window.

    ``version`` is the sha256 of the stored bytes; ``location`` is relative to the store's root. A quarantined partition
    keeps its reason as (code, sentence); it may have no bytes (``version`` then is the digest of the reason).
    """

    model: str
    kind: PartitionKind
    window: Window
    version: str
    rows: int
    location: str = ""
    source: str = Field(
        default="", description="Predictions, profiles: version of the raw partition they were made of."
    )
    state: PartitionState = PartitionState.PUBLISHED
    reason_code: str = ""
    reason: str = ""
    champion: int | None = Field(default=None, description="Predictions: the version that made them.")

    @property
    def usable(self) -> bool:
        """Whether it may be scored, measured and trained on."""
        return self.state is PartitionState.PUBLISHED


class Delivery(Value):
    """What ingesting a window brought: stored raw bytes that nobody may use before they are validated, or why none."""

    window: Window
    version: str = ""
    location: str = ""
    rows: int = 0
    labels: int = Field(default=0, description="Labels that became known in the window.")
    refused_code: str = ""
    refused: str = ""


class Snapshot(Value):
    """The exact partitions a model is trained on, as known at ``as_of``: (window, raw version, label versions).

    ``windows`` are the windows with usable raw data, oldest first. ``labels`` are all label partitions of windows that
    ended by ``as_of``. ``holdback`` are windows among the newest labelled ones, kept back to choose and to compare;
    ``final`` are the newest ones after them, on which nothing is chosen, only champion and challenger compared.
    """

    model: str
    as_of: Instant
    raw: tuple[tuple[Window, str], ...]
    labels: tuple[tuple[Window, str], ...]
    labelled: tuple[Window, ...] = Field(description="Windows with matured labels, oldest first.")
    holdback: tuple[Window, ...]
    final: tuple[Window, ...] = ()
    spec_hash: str

    @property
    def kept_back(self) -> tuple[Window, ...]:
        """All windows that no candidate has learnt from when it is compared, oldest first."""
        return (*self.holdback, *self.final)

    @property
    def examined(self) -> tuple[Window, ...]:
        """The windows on which the winner is held against the champion and the gates."""
        return self.final or self.holdback
