"""ModelSpec: everything leeway needs to know of a model, from one YAML file."""

from __future__ import annotations

import os
import re
import sys
from datetime import datetime
from functools import cached_property
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, PrivateAttr, SerializeAsAny, ValidationError, field_validator, model_validator

from leeway.alerts.defaults import DEFAULTS, check_defaults, with_defaults
from leeway.alerts.rules import Alerts
from leeway.canonical import digest
from leeway.core import NAME, Task, Window, duration
from leeway.core.metric import GAPS
from leeway.detectors.base import Detector
from leeway.document import problem_of, read_document
from leeway.engines.base import Engine
from leeway.errors import SpecError, did_you_mean
from leeway.evaluation.base import LOSSES, METRICS, Gate
from leeway.expectations.names import known_expectation
from leeway.kinds import Kind, KindOf, Problems, Strict, explained, resolve
from leeway.policies.base import Policy, RetrainOn
from leeway.policies.envelope import Limits
from leeway.reports.card import Texts
from leeway.schedule import Cron, Schedule, Season
from leeway.schema import ColumnType, Label, Role, TableSchema
from leeway.sources.base import ReadRequest, Source
from leeway.trainers.base import Trainer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import timedelta

_TARGETS = {Task.BINARY: (ColumnType.BOOLEAN, ColumnType.INT), Task.REGRESSION: (ColumnType.FLOAT, ColumnType.INT)}
"""What type the target column has."""

AnySource = Annotated[SerializeAsAny[Source], KindOf(Source)]
AnyEngine = Annotated[SerializeAsAny[Engine], KindOf(Engine)]
AnyTrainer = Annotated[SerializeAsAny[Trainer], KindOf(Trainer)]
AnyDetector = Annotated[SerializeAsAny[Detector], KindOf(Detector)]
AnyGate = Annotated[SerializeAsAny[Gate], KindOf(Gate)]
AnyPolicy = Annotated[SerializeAsAny[Policy], KindOf(Policy, default="evidence")]


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
        self._check_measures(problems)
        self._check_margins(problems)
        self._check_groups(problems)
        self._check_target(problems)
        self._check_engine(problems)
        bootstrap, holdback = self.policy.bootstrap_windows, self.training.kept_back
        if bootstrap <= holdback:
            sentence = f"more than the {holdback} that training holds back (see 'training'), not {bootstrap}"
            problems.add(f"the first champion needs labelled windows: {sentence}", "policy", "bootstrap_windows")
        for kind in self.policy.needs:
            try:
                resolve(Detector, kind)
            except SpecError as error:
                problems.add(f"the policy needs a detector: {error.what}", "policy", code=error.code)
        problems.refuse(self)
        return self

    def _check_measures(self, problems: Problems) -> None:
        for word, value, known in (("metric", self.metric, METRICS), ("loss", self.loss, LOSSES)):
            if value not in known[self.task]:
                sentence = (
                    f"{word} {value!r} does not suit a {self.task} model; {did_you_mean(value, known[self.task])}"
                )
                problems.add(sentence, word)
        foreign = {name for task, names in METRICS.items() if task is not self.task for name in names}
        gates: list[tuple[Kind, tuple[str | int, ...]]] = [(gate, ("gates", n)) for n, gate in enumerate(self.gates)]
        for holder, place in (*gates, *_policies(self.policy)):
            metric = getattr(holder, "metric", None)
            if metric in foreign - set(METRICS[self.task]):
                sentence = (
                    f"metric {metric!r} does not suit a {self.task} model; {did_you_mean(metric, METRICS[self.task])}"
                )
                problems.add(sentence, *place, "metric")

    def _check_margins(self, problems: Problems) -> None:
        slices = self.data.judged_by
        for place, gate in enumerate(self.gates):
            for name in getattr(gate, "margins", {}):
                if name.partition("=")[0] not in slices:
                    sentence = f"{name!r} is no slice; {did_you_mean(name.partition('=')[0], slices)}"
                    problems.add(sentence, "gates", place, "margins", name)

    def _check_groups(self, problems: Problems) -> None:
        """Gates and detectors that look at gaps know the columns, and the gap suits the task."""
        known = self.data.judged_by
        for place, gate in enumerate(self.gates):
            columns = getattr(gate, "columns", None)
            if columns == () and not self.data.named(Role.SENSITIVE):
                sentence = f"no column has the role sensitive: name slice columns in 'columns' ({', '.join(known)})"
                problems.add(sentence, "gates", place)
            for name in columns or ():
                if name not in known:
                    sentence = f"{name!r} is neither a slice nor sensitive; {did_you_mean(name, known)}"
                    problems.add(sentence, "gates", place, "columns")
            gap = getattr(gate, "gap", None)
            if gap is not None and gap not in GAPS[self.task]:
                sentence = f"gap {gap!r} does not suit a {self.task} model; {did_you_mean(gap, GAPS[self.task])}"
                problems.add(sentence, "gates", place, "gap")

    def _check_target(self, problems: Problems) -> None:
        name = self.data.label.column
        kind = self.data.columns[name].type
        wanted = _TARGETS[self.task]
        if kind not in wanted:
            sentence = f"the target of a {self.task} model is {' or '.join(wanted)}, not {kind}"
            problems.add(sentence, "data", "columns", name, "type")

    def _check_engine(self, problems: Problems) -> None:
        """An engine outside of pandas counts columns that are there; the one in the database needs a database."""
        if self.engine.PUSHES and self.data.features is not None:
            sentence = (
                f"engine {self.engine.kind} counts declared columns, it cannot call the function in data.features: "
                "have the source deliver the features, or leave engine out"
            )
            problems.add(sentence, "engine")
        if self.engine.QUERIES_SOURCE and not self.data.source.IN_DATABASE:
            sentence = (
                f"engine {self.engine.kind} asks the database of a source of kind sql, not {self.data.source.kind}"
            )
            problems.add(sentence, "engine")

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
        code = self._read_features_file() if self._features_file else b""
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
        if self.data.features is None or self._features_file is None:
            return None
        self._read_features_file()
        name = self.data.features.partition(":")[2]
        found = getattr(_import_file(self._features_file, self.name), name, None)
        if not callable(found):
            raise SpecError(f"there is no function {name!r}", code="SPEC041", model=self.name, file=self._features_file)
        return found  # type: ignore[no-any-return]

    def _read_features_file(self) -> bytes:
        assert self._features_file is not None
        try:
            return self._features_file.read_bytes()
        except OSError as error:
            raise SpecError(
                f"the file named in 'features' cannot be read: {error.strerror}",
                code="SPEC040",
                model=self.name,
                file=self._features_file,
                do="Put it beside the model file.",
            ) from error

    @property
    def _features_file(self) -> Path | None:
        return self.folder / self.data.features.partition(":")[0] if self.data.features else None


def load_spec(path: Path) -> ModelSpec:
    """Read a model file. The code that it names in 'features' is not looked at; ``spec.features`` does that.

    Raises:
        SpecError: with every problem of the file, each with its field, line and what is allowed.
    """
    document = read_document(path)
    try:
        spec = ModelSpec.model_validate(with_defaults(document.value, path.parent))
    except ValidationError as error:
        lines = explained(ModelSpec, error).errors(include_url=False)
        raise SpecError.gather([problem_of(line, document, path, model=path.stem) for line in lines]) from None
    spec._path = path
    if spec.name != path.stem:
        raise SpecError(
            f"the model is called {spec.name!r} but its file {path.name!r}",
            code="SPEC006",
            file=f"{path}:{document.line_of(('name',))}",
            field="name",
            do="Make them equal.",
        )
    return spec


def model_files(folder: Path) -> dict[str, Path]:
    """Find all model files: name -> path, in alphabetical order; none where there is no such folder."""
    found = sorted(os.listdir(folder)) if folder.is_dir() else []  # noqa: PTH208  paths sort far slower than names
    files = [file for file in found if file.endswith(".yaml") and not file.startswith(".") and file != DEFAULTS]
    return {file.removesuffix(".yaml"): folder / file for file in files}


def load_specs(folder: Path) -> tuple[dict[str, ModelSpec], list[SpecError]]:
    """Read all model files of a folder: the good ones by name, and the errors of the others."""
    specs, errors = {}, []
    for name, path in model_files(folder).items():
        try:
            specs[name] = load_spec(path)
        except SpecError as error:
            errors.append(error)
    errors += check_defaults(folder)
    errors += [
        SpecError("a model file ends in .yaml, not .yml", code="SPEC008", file=path, do="Rename it.")
        for path in sorted(folder.glob("[!.]*.yml"))
    ]
    return specs, errors


def find_spec(folder: Path, name: str) -> ModelSpec:
    """Read one model's file by the model's name.

    Raises:
        SpecError: if there is none or it is wrong.
    """
    files = model_files(folder)
    if name not in files:
        raise SpecError(f"there is no model {name!r} in {folder}; {did_you_mean(name, files)}", code="SPEC007")
    return load_spec(files[name])


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


def _policies(policy: Policy, *place: str | int) -> Iterator[tuple[Policy, tuple[str | int, ...]]]:
    """A policy and those that it is made of, each with its field in the model file."""
    place = place or ("policy",)
    yield policy, place
    for number, part in enumerate(getattr(policy, "policies", ())):
        yield from _policies(part, *place, "policies", number)


def _import_file(path: Path, model: str) -> Any:
    name = f"leeway_models.{model}.{path.stem}"
    location = util.spec_from_file_location(name, path)
    assert location is not None, "the name ends in .py"
    assert location.loader is not None, "so there is a loader"
    module = util.module_from_spec(location)
    sys.modules[name] = module  # Dataclasses in it look their module up there.
    try:
        location.loader.exec_module(module)
    except Exception as error:  # An edge: importing runs the user's code, which may raise anything.
        del sys.modules[name]
        raise SpecError(f"cannot be imported: {error!r}", code="SPEC042", model=model, file=path) from error
    return module
