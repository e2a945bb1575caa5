"""ModelSpec: everything leeway needs to know of a model, from one YAML file."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import yaml
from pydantic import Field, PrivateAttr, SerializeAsAny, ValidationError, field_validator, model_validator

from leeway.canonical import digest
from leeway.core import NAME, Task
from leeway.detectors.base import Detector
from leeway.errors import LeewayError, SpecError, did_you_mean
from leeway.evaluation.base import LOSSES, METRICS, Gate
from leeway.kinds import KindOf, Strict
from leeway.policies.base import Policy, RetrainOn
from leeway.schedule import Schedule, duration
from leeway.schema import ColumnType, Label, Role, TableSchema
from leeway.sources.base import Source
from leeway.trainers.base import Trainer

if TYPE_CHECKING:
    from datetime import timedelta

MAX_BYTES = 256 * 1024
"""A model file larger than this is refused before it is parsed."""

AnySource = Annotated[SerializeAsAny[Source], KindOf(Source)]
AnyTrainer = Annotated[SerializeAsAny[Trainer], KindOf(Trainer)]
AnyDetector = Annotated[SerializeAsAny[Detector], KindOf(Detector)]
AnyGate = Annotated[SerializeAsAny[Gate], KindOf(Gate)]
AnyPolicy = Annotated[SerializeAsAny[Policy], KindOf(Policy, default="evidence")]


class Data(TableSchema):
    """Where the rows come from and what they look like."""

    source: AnySource
    labels: AnySource | None = Field(default=None, description="Where labels come from, if not from the same source.")
    features: str | None = Field(
        default=None, description="'file.py:function' beside the model file: DataFrame of raw columns -> DataFrame of features."
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


class Training(Strict):
    """Which candidates are tried and how they are chosen."""

    trainers: tuple[AnyTrainer, ...] = Field(min_length=1)
    histories: tuple[Literal["all", "recent"], ...] = Field(default=("all", "recent"), min_length=1)
    recent_windows: int = Field(default=12, ge=2, description="Length of the history 'recent', in labelled windows.")
    holdback_windows: int = Field(default=3, ge=1, description="Newest labelled windows, kept back to choose and compare.")
    trials: int = Field(default=8, ge=1, description="Trials of the search per candidate.")
    seconds: float = Field(default=60, gt=0, description="No new trial is started after this time, per candidate.")
    seed: int = 0
    cron: str | None = Field(default=None, description="Retrain on this schedule too, whatever was detected.")


class Monitoring(Strict):
    """What is looked for, and what the Evidently report shows."""

    detectors: tuple[AnyDetector, ...] = Field(default=tuple(Detector.KINDS), validate_default=True)
    report_rows: int = Field(default=5_000, ge=100, le=20_000, description="Rows a side in the Evidently report.")


class ModelSpec(Strict):
    """A model that leeway keeps good."""

    name: str = Field(description="The same as the file's name without .yaml.")
    description: str
    owner: str = "unowned"
    tags: tuple[str, ...] = ()
    task: Task
    schedule: Schedule
    data: Data
    metric: str = Field(default="", description="Primary metric; default: auc or mae.")
    loss: str = Field(default="", description="Loss per row for tests and comparisons; default: brier or absolute_error.")
    training: Training
    monitoring: Monitoring = Field(default_factory=Monitoring)
    retrain_on: RetrainOn = RetrainOn()
    policy: AnyPolicy = Field(default="evidence", validate_default=True)  # type: ignore[assignment]
    gates: tuple[AnyGate, ...] = Field(
        default=("beats_baseline", "versus_champion", "per_slice"), validate_default=True  # type: ignore[arg-type]
    )
    promotion: Literal["auto", "approval"] = "auto"
    approval_hours: int = Field(default=72, ge=1, description="A challenger that nobody approved by then is rejected.")

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
        if isinstance(value, dict) and value.get("task") in set(Task):
            task = Task(value["task"])
            return {"metric": METRICS[task][0], "loss": LOSSES[task][0], **value}
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.metric not in METRICS[self.task]:
            raise ValueError(f"metric {self.metric!r} does not suit {self.task}; {did_you_mean(self.metric, METRICS[self.task])}")
        if self.loss not in LOSSES[self.task]:
            raise ValueError(f"loss {self.loss!r} does not suit {self.task}; {did_you_mean(self.loss, LOSSES[self.task])}")
        self._check_types()
        return self

    def _check_types(self) -> None:
        target = self.data.columns[self.data.label.column]
        wanted = {Task.BINARY: (ColumnType.BOOLEAN, ColumnType.INT), Task.REGRESSION: (ColumnType.FLOAT, ColumnType.INT)}
        if target.type not in wanted[self.task]:
            allowed = " or ".join(wanted[self.task])
            raise ValueError(f"target {self.data.label.column!r} of a {self.task} model is {allowed}, not {target.type}")
        if self.data.features is None:
            for name in self.data.named(Role.FEATURE):
                if self.data.columns[name].type is ColumnType.TIMESTAMP:
                    raise ValueError(f"feature {name!r} is a timestamp: derive numbers from it in 'features: file.py:function'")

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
        """Digest of everything the file says and of the code beside it that it names."""
        code = self._features_file.read_bytes() if self._features_file else b""
        return digest([self.model_dump(mode="json"), digest(code)])

    @property
    def max_delay(self) -> timedelta:
        """How long after a window's end all its labels are known."""
        label: Label = self.data.label
        return duration(label.delay or label.within or "0m")

    @cached_property
    def features(self) -> Callable[[Any], Any] | None:
        """The function that turns raw columns into features, if the model has one.

        Raises:
            SpecError: if the file or the function does not exist or the file cannot be imported.
        """
        if self.data.features is None or self._features_file is None:
            return None
        name = self.data.features.partition(":")[2]
        found = getattr(_import_file(self._features_file, self.name), name, None)
        if not callable(found):
            raise SpecError(f"there is no function {name!r}", code="SPEC041", model=self.name, file=self._features_file)
        return found  # type: ignore[no-any-return]

    @property
    def _features_file(self) -> Path | None:
        return self.folder / self.data.features.partition(":")[0] if self.data.features else None


def load_spec(path: Path) -> ModelSpec:
    """Read a model file.

    Raises:
        SpecError: with every problem of the file, each with its field, line and what is allowed.
    """
    text = _read(path)
    try:
        spec = ModelSpec.model_validate(_parse(text, path))
    except ValidationError as error:
        raise SpecError.gather([_problem(line, text, path) for line in error.errors(include_url=False)]) from None
    spec._path = path
    if spec.name != path.stem:
        raise SpecError(
            f"the model is called {spec.name!r} but its file {path.name!r}", code="SPEC006", file=path, do="Make them equal."
        )
    if spec._features_file is not None and not spec._features_file.is_file():
        raise SpecError("the file named in 'features' does not exist", code="SPEC040", model=spec.name, file=spec._features_file)
    return spec


def model_files(folder: Path) -> dict[str, Path]:
    """Find all model files: name -> path, in alphabetical order."""
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def load_specs(folder: Path) -> tuple[dict[str, ModelSpec], list[SpecError]]:
    """Read all model files of a folder: the good ones by name, and the errors of the others."""
    specs, errors = {}, []
    for name, path in model_files(folder).items():
        try:
            specs[name] = load_spec(path)
        except SpecError as error:
            errors.append(error)
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


class _Loader(yaml.CSafeLoader):
    """Safe YAML without duplicate keys."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise yaml.constructor.ConstructorError(None, None, f"key {key!r} is not text; quote it", key_node.start_mark)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key {key!r} is there twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SpecError(f"a model file has at most {MAX_BYTES} bytes", code="SPEC001", file=path)
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(f"cannot be read as UTF-8 text: {error}", code="SPEC001", file=path) from error


def _parse(text: str, path: Path) -> dict[str, Any]:
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.CSafeLoader)):
            raise SpecError("YAML anchors and aliases are not allowed", code="SPEC004", file=path)
        loaded = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, RecursionError) as error:
        raise SpecError(f"is not YAML: {' '.join(str(error).split())}", code="SPEC002", file=path) from None
    if not isinstance(loaded, dict):
        raise SpecError("a model file is a mapping of keys to values", code="SPEC003", file=path)
    return loaded


def _problem(line: Any, text: str, path: Path) -> SpecError:
    field = ".".join(str(part) for part in line["loc"])
    return SpecError(
        line["msg"], code=line["type"], model=path.stem, file=f"{path}:{_line_of(line['loc'], text)}", field=field or None
    )


def _line_of(location: tuple[Any, ...], text: str) -> int:
    """The line (from 1) of a field in the file, or of the nearest thing around it."""
    node = yaml.compose(text, Loader=yaml.CSafeLoader)
    line: int = node.start_mark.line
    for part in location:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            found = (node.value[part], node.value[part])
        else:
            found = None
        if found is None:
            break
        line, node = found[0].start_mark.line, found[1]
    return line + 1


def _import_file(path: Path, model: str) -> Any:
    location = util.spec_from_file_location(f"leeway_models.{path.stem}", path)
    assert location is not None and location.loader is not None
    module = util.module_from_spec(location)
    try:
        location.loader.exec_module(module)
    except Exception as error:
        raise SpecError(f"cannot be imported: {error!r}", code="SPEC042", model=model, file=path) from error
    return module
