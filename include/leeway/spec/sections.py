"""The larger sections of a model file: the data, the training, the monitoring."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SerializeAsAny, field_validator, model_validator

from leeway.detectors.base import Detector
from leeway.errors import SpecError
from leeway.expectations.names import known_expectation
from leeway.kinds import KindOf, Problems, Strict
from leeway.schedule import Cron, Season
from leeway.schema import ColumnType, Role, TableSchema
from leeway.sources.base import Source
from leeway.trainers.base import Trainer

AnySource = Annotated[SerializeAsAny[Source], KindOf(Source)]
AnyTrainer = Annotated[SerializeAsAny[Trainer], KindOf(Trainer)]
AnyDetector = Annotated[SerializeAsAny[Detector], KindOf(Detector)]


class Data(TableSchema):
    """Where the rows come from and what they look like."""

    source: AnySource = Field(description="Where rows come from.")
    labels: AnySource | None = Field(default=None, description="Where labels come from, if not from the same source.")
    features: str | None = Field(
        default=None,
        description="'file.py:function' beside the model file: DataFrame of raw columns -> DataFrame of features.",
    )
    expectations: tuple[dict[str, Any], ...] = Field(
        default=(), description="Further Great Expectations: {type: expect_..., ...arguments}."
    )
    on_invalid: Literal["quarantine", "fail"] = Field(
        default="quarantine", description="Bad data: set the batch aside and block the window, or fail the task."
    )
    on_missing: Literal["fail", "quarantine"] = Field(
        default="fail", description="No input for the window: fail the task (and try again), or go on without it."
    )

    @field_validator("features")
    @classmethod
    def _features(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[A-Za-z_]\w*\.py:[A-Za-z_]\w*", value, re.ASCII):
            raise ValueError(f"{value!r} is not 'file.py:function', a file beside the model file and a function in it")
        return value

    @model_validator(mode="after")
    def _features_are_possible(self) -> Self:
        problems = Problems()
        if self.features is None:
            names = self.named(Role.FEATURE)
            if not names:
                problems.add("no column has the role feature, and there is no features function", "columns")
            for name in names:
                if self.columns[name].type is ColumnType.TIMESTAMP:
                    sentence = "a timestamp is no feature: derive numbers from it in 'features: file.py:function'"
                    problems.add(f"{sentence}, or give it another role", "columns", name)
        for place, expectation in enumerate(self.expectations):
            self._check_expectation(expectation, place, problems)
        problems.refuse(self)
        return self

    @staticmethod
    def _check_expectation(expectation: dict[str, Any], place: int, problems: Problems) -> None:
        if not isinstance(expectation.get("type"), str):
            problems.add("an expectation needs 'type', like expect_column_mean_to_be_between", "expectations", place)
            return
        try:
            known_expectation(expectation["type"])
        except SpecError as error:
            problems.add(
                ". ".join(filter(None, (error.what, error.do))), "expectations", place, "type", code=error.code
            )


class Training(Strict):
    """Which candidates are tried and how they are chosen."""

    trainers: tuple[AnyTrainer, ...] = Field(min_length=1, description="What is fitted, each on each history.")
    histories: tuple[Literal["all", "recent", "since_change"], ...] = Field(
        default=("all", "recent", "since_change"),
        min_length=1,
        description="How far back candidates learn; the comparison chooses.",
    )
    recent_windows: int = Field(default=12, ge=2, description="Length of the history 'recent', in labelled windows.")
    holdback_windows: int = Field(
        default=3, ge=1, description="Newest labelled windows, kept back to choose and compare."
    )
    holdout_looks: int = Field(
        default=8,
        ge=1,
        description="Trainings that may compare with one champion on the same held-back windows.",
    )
    final_windows: int = Field(
        default=0,
        ge=0,
        description="Windows newer than these, on which nothing is chosen: the gates and the comparison use them only.",
    )
    trials: int = Field(default=8, ge=1, description="Trials of the search per candidate.")
    seconds: float = Field(default=60, gt=0, description="No new trial is started after this time, per candidate.")
    seed: int = Field(default=0, description="Of everything random in training.")
    cron: Cron | None = Field(default=None, description="Retrain on this schedule too, whatever was detected.")
    queue: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$",
        max_length=100,
        description="Airflow's queue for the tasks that fit models: workers with more memory. Default: as all tasks.",
    )

    @property
    def kept_back(self) -> int:
        """How many of the newest labelled windows no candidate learns from before it is compared."""
        return self.holdback_windows + self.final_windows

    @model_validator(mode="after")
    def _histories_differ(self) -> Self:
        problems = Problems()
        if "recent" in self.histories and self.recent_windows <= self.kept_back:
            sentence = f"more than the {self.kept_back} that are held back, not {self.recent_windows}"
            problems.add(f"the recent history is {sentence}", "recent_windows")
        problems.refuse(self)
        return self


class Monitoring(Strict):
    """What is looked for, and what the Evidently report shows."""

    detectors: tuple[AnyDetector, ...] = Field(
        default=Detector.DEFAULT,
        validate_default=True,
        description="What looks for trouble.",
    )
    season: Season | None = Field(
        default=None,
        description="Compare with earlier windows of the same season; default: with what the champion learned from.",
    )
    report_rows: int = Field(default=5_000, ge=100, le=20_000, description="Rows a side in the Evidently report.")
