"""ModelSpec: all that a model file says."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, PrivateAttr, SerializeAsAny, field_validator, model_validator

from leeway.alerts.rules import Alerts
from leeway.canonical import digest
from leeway.core import NAME, Task, Window, duration
from leeway.engines.base import Engine
from leeway.errors import SpecError
from leeway.evaluation.base import LOSSES, METRICS, Gate
from leeway.kinds import KindOf, Problems, Strict
from leeway.policies.base import Policy, RetrainOn
from leeway.policies.envelope import Limits
from leeway.reports.card import Texts
from leeway.schedule import Schedule
from leeway.sources.base import ReadRequest
from leeway.spec.consistency import disagreements
from leeway.spec.features import FeaturesCode
from leeway.spec.sections import Data, Monitoring, Training

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from leeway.detectors.base import Detector
    from leeway.schema import Label

AnyEngine = Annotated[SerializeAsAny[Engine], KindOf(Engine)]
AnyGate = Annotated[SerializeAsAny[Gate], KindOf(Gate)]
AnyPolicy = Annotated[SerializeAsAny[Policy], KindOf(Policy, default="evidence")]


class ModelSpec(Strict):
    """A model that leeway keeps good."""

    name: str = Field(description="The same as the file's name without .yaml.")
    description: str = Field(description="One sentence: what is predicted, for whom.")
    owner: str = Field(default="unowned", description="Who is asked about the model; Airflow shows it.")
    tags: tuple[str, ...] = Field(default=(), description="Further tags of the model's DAGs.")
    task: Task = Field(description="What is predicted: one of two outcomes, or a number.")
    schedule: Schedule = Field(description="When a window ends and the next one begins.")
    data: Data = Field(description="Where rows come from, and what they look like.")
    metric: str = Field(default="", description="Primary metric; default: auc or mae.")
    loss: str = Field(
        default="", description="Loss per row for tests and comparisons; default: brier or absolute_error."
    )
    training: Training = Field(description="Which candidates are tried, and how they are chosen.")
    engine: AnyEngine = Field(
        default="memory",
        validate_default=True,
        description="What counts the rows of a window: this process, DuckDB, the source's database or Spark.",
    )
    monitoring: Monitoring = Field(default_factory=Monitoring, description="What is looked for.")
    retrain_on: RetrainOn = Field(default_factory=RetrainOn, description="Which drift may trigger a retrain.")
    policy: AnyPolicy = Field(default="evidence", validate_default=True, description="When a retrain is worth it.")
    limits: Limits = Field(default_factory=Limits, description="What a policy may not exceed, whatever it decides.")
    retrain_cost: float = Field(
        default=0.1,
        ge=0,
        description="What a retrain has to bring to be worth it: points of the primary metric, kept up for 40 windows.",
    )
    gates: tuple[AnyGate, ...] = Field(
        default=("beats_baseline", "versus_champion", "per_slice"),
        validate_default=True,
        description="What a challenger has to pass before it may serve.",
    )
    promotion: Literal["auto", "approval", "auto_after_backtest"] = Field(
        default="auto",
        description="A challenger that passed serves at once, or when a person has approved it; the last: at once, "
        "after leeway backtest has passed for what this file says, and until then when a person has approved it.",
    )
    approval_hours: int = Field(default=72, ge=1, description="A challenger that nobody approved by then is rejected.")
    card: Texts = Field(default_factory=Texts, description="What the model card says besides what can be derived.")
    alerts: Alerts = Field(default_factory=Alerts, description="Who is told of what, and when not.")

    _path: Path = PrivateAttr(default=Path())

    @field_validator("name")
    @classmethod
    def _name(cls, value: str) -> str:
        if not NAME.match(value) or "__" in value:
            raise ValueError(f"{value!r} is not a model name: letters, digits and single _, not starting with a digit")
        return value

    @model_validator(mode="before")
    @classmethod
    def _defaults(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("task"), str) and value["task"] in set(Task):
            task = Task(value["task"])
            return {"metric": METRICS[task][0], "loss": LOSSES[task][0], **value}
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        problems = Problems()
        disagreements(self, problems)
        problems.refuse(self)
        return self

    def request(
        self, interval: Window, windows: tuple[Window, ...], *, columns: tuple[str, ...], time_column: str
    ) -> ReadRequest:
        """What a source is asked for: the columns of the rows whose ``time_column`` lies in an interval.

        Args:
            interval: half-open, UTC.
            windows: the windows of the schedule that overlap it.
            columns: to be returned, in this order.
            time_column: a timestamp.
        """
        return ReadRequest(
            model=self.name,
            interval=interval,
            windows=windows,
            schema=self.data,
            columns=columns,
            time_column=time_column,
            base=self.folder,
        )

    @cached_property
    def detectors(self) -> tuple[Detector, ...]:
        """What looks at every window: ``monitoring.detectors``, and what the policy needs besides."""
        listed = self.monitoring.detectors
        missing = [kind for kind in self.policy.needs if kind not in {detector.kind for detector in listed}]
        return Monitoring.model_validate({"detectors": (*listed, *missing)}).detectors

    def placed(self, path: Path) -> Self:
        """Tell it which file it is from; relative paths in it start beside that file."""
        self._path = path
        return self

    @property
    def path(self) -> Path:
        """The model file."""
        return self._path

    @property
    def folder(self) -> Path:
        """The folder of the model file; relative paths in it start here."""
        return self._path.parent

    @cached_property
    def hash(self) -> str:
        """Digest of what the file says of the model and of the code beside it that it names.

        Who is told, where it is trained and which engine counts say nothing about the model.

        Raises:
            SpecError: SPEC040 if the file named in 'features' cannot be read.
        """
        code = self._features_code.text() if self._features_code else b""
        about_the_model = self.model_dump(mode="json", exclude={"alerts": True, "engine": True, "training": {"queue"}})
        return digest([about_the_model, digest(code)])

    @property
    def max_delay(self) -> timedelta:
        """How long after a window's end all its labels are known."""
        label: Label = self.data.label
        return duration(label.delay or label.within or "0m")

    @cached_property
    def features(self) -> Callable[[Any], Any] | None:
        """The function that turns raw columns into features, if the model has one.

        Raises:
            SpecError: SPEC040 to SPEC042 if the file or the function does not exist or the file cannot be imported.
        """
        return self._features_code.function() if self._features_code else None

    @property
    def _features_code(self) -> FeaturesCode | None:
        if self.data.features is None:
            return None
        file, _, name = self.data.features.partition(":")
        return FeaturesCode(self.name, self.folder / file, name)


def parse_window(spec: ModelSpec, text: str) -> Window:
    """Find the window that contains a date ('2013-02-04', midnight in the schedule's zone) or a time.

    Raises:
        SpecError: if the text is neither.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SpecError(
            f"{text!r} is neither a date nor a time", code="SPEC056", model=spec.name, do="Write 2013-02-04."
        ) from None
    return spec.schedule.window_at(moment if moment.tzinfo else moment.replace(tzinfo=spec.schedule.zone))
