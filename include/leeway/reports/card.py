"""The model card: what a version is, what it may be used for, how good it is for whom, and what happened to it.

Its sections are those of Mitchell and others 2019, Model Cards for Model Reporting (FAT*, arXiv:1810.03993), and two
more: what drift is measured against, and the lineage. A `Card` holds the facts; its Markdown is written from them, and
its HTML from the Markdown, so that all three say the same.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from leeway.core import GateResult, GroupFigures, Instant, Interval, MetricGain, Number, Task, Value, Window
from leeway.kinds import Strict


class Texts(Strict):
    """What only people can say of a model; an empty text was not written."""

    intended_use: str = Field(default="", description="What it is for, and for whom; default: the description.")
    out_of_scope: str = Field(default="", description="What it must not be used for.")
    ethical_considerations: str = Field(default="", description="Whom it may harm, and what is done about it.")
    contact: str = Field(default="", description="Whom to ask or tell.")


class ColumnFacts(Value):
    """A declared column."""

    name: str
    type: str
    roles: tuple[str, ...]
    nullable: bool


class DataFacts(Value):
    """What the version learned from."""

    source: str
    first: Window
    last: Window
    windows: int = Field(description="Windows of the snapshot that it learned from.")
    rows: int = Field(description="Rows in them.")
    labelled: float | None = Field(description="Share of rows with a label where the recipe was tried; None: unknown.")
    label: str
    label_known: str
    columns: tuple[ColumnFacts, ...]


class TrainingFacts(Value):
    """How it was made."""

    recipe: str
    history: str
    params: dict[str, Any]
    trials: int
    candidates: int
    seed: int
    base: int | None = Field(description="The version whose scores it corrects.")


class MetricFacts(Value):
    """A metric on the held-back windows."""

    metric: str
    interval: Interval | None
    value: Number
    champion: float | None
    baseline: float | None


class EvaluationFacts(Value):
    """What the gates saw."""

    windows: tuple[Window, ...]
    metric: str
    metrics: tuple[MetricFacts, ...]
    gain: MetricGain | None
    groups: tuple[GroupFigures, ...]
    gaps: dict[str, dict[str, Number]]
    gates: tuple[GateResult, ...]
    sensitive: tuple[str, ...]


class ReferenceFacts(Value):
    """What later windows are compared with."""

    inputs: str
    scores: str
    losses: str
    profile: str = Field(description="Digest of the stored profile.")


class ServiceFacts(Value):
    """How it did on windows that it scored, as far as labels are known: all rows, or those of one level."""

    group: str
    windows: int
    labelled: int
    loss: Number
    metric: float | None = Field(description="The primary metric, weighted by labelled rows.")


class HistoryLine(Value):
    """A line of the ledger that is about the version."""

    seq: int
    at: Instant
    what: str
    by: str
    sentence: str


class LineageFacts(Value):
    """Where every part can be found again."""

    snapshot: str
    raw: tuple[tuple[Window, str], ...]
    labels: int = Field(description="Label partitions.")
    artifact: str
    spec: str
    code: str
    champion_then: int | None
    run_id: str
    run_url: str | None


class Card(Value):
    """A model card. Without ``history`` it says what was known when the version was registered."""

    model: str
    version: int
    description: str
    owner: str
    task: Task
    as_of: Instant
    texts: Texts
    data: DataFacts
    training: TrainingFacts
    evaluation: EvaluationFacts
    reference: ReferenceFacts
    limits: tuple[str, ...]
    lineage: LineageFacts
    told_until: int | None = Field(default=None, description="Newest line of the ledger; None: as of registration.")
    serving: bool = False
    history: tuple[HistoryLine, ...] = ()
    service: tuple[ServiceFacts, ...] = ()

    @property
    def markdown(self) -> str:
        """The card as Markdown."""
        from leeway.reports.card_text import markdown

        return markdown(self)

    @property
    def html(self) -> bytes:
        """The card as a self-contained HTML page."""
        from leeway.reports.markdown import page

        return page(self.markdown, title=f"Model card: {self.model} v{self.version}")
