"""Any estimator with scikit-learn's interface."""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, field_validator

from leeway.canonical import canonical_json
from leeway.core import Task
from leeway.errors import LeewayError, TrainingError, did_you_mean
from leeway.kinds import load
from leeway.trainers import allowed
from leeway.trainers.base import Trainer, TrainingSet
from leeway.trainers.batches import shuffled
from leeway.trainers.streamed import described, streamed_preparation
from leeway.trainers.tabular import MAX_LEVELS, ColumnKind, Kinds, Style, aligned, column_kinds, preparation, style_for
from leeway.trainers.target import checked_target

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    import pandas as pd

    from leeway.trainers.batches import Trainable, TrainingBatches

DEFAULT = {
    Task.BINARY: "sklearn.ensemble.HistGradientBoostingClassifier",
    Task.REGRESSION: "sklearn.ensemble.HistGradientBoostingRegressor",
}
PIPELINE, COLUMNS = "pipeline.skops", "columns.json"


@dataclass(frozen=True)
class SklearnFitted:
    """A fitted pipeline of preparation and estimator, and the columns it reads."""

    pipeline: Any
    kinds: Kinds
    task: Task
    trusted: tuple[str, ...] = ()

    def predict(self, features: pd.DataFrame) -> np.ndarray[Any, Any]:
        """Score rows, float64 of shape (rows,).

        Raises:
            ArtifactError: if columns are missing or of another type than in training.
        """
        import numpy as np

        rows = aligned(features, self.kinds)
        if rows.empty:
            return np.empty(0, dtype=np.float64)
        if self.task is Task.BINARY:
            return np.asarray(self.pipeline.predict_proba(rows)[:, 1], dtype=np.float64)
        return np.asarray(self.pipeline.predict(rows), dtype=np.float64).reshape(len(rows))

    def save(self, folder: Path) -> None:
        """Write the pipeline (skops) and the columns (JSON).

        Raises:
            ArtifactError: if the estimator holds a type that is not allowed.
        """
        (folder / PIPELINE).write_bytes(allowed.dump(self.pipeline, trusted=self.trusted))
        described = {"task": self.task, "columns": list(self.kinds.items())}
        (folder / COLUMNS).write_text(canonical_json(described), encoding="utf-8")

    @classmethod
    def load(cls, files: Mapping[str, bytes], *, trusted: Sequence[str] = ()) -> Self:
        """Build the model from its files.

        Raises:
            ArtifactError: if it holds a type that is not allowed.
        """
        described = json.loads(files[COLUMNS])
        kinds = {name: ColumnKind(kind) for name, kind in described["columns"]}
        pipeline = allowed.load(files[PIPELINE], trusted=trusted, file=PIPELINE)
        return cls(pipeline, kinds, Task(described["task"]), tuple(trusted))


class SklearnTrainer(Trainer):
    """Fits an estimator behind a preparation that suits it."""

    estimator: str = Field(
        default="", description="'module.Class' of an estimator; default: histogram gradient boosting for the task."
    )
    preparation: Literal["auto", "none"] = Field(
        default="auto",
        description="auto: fill, encode and scale as the estimator needs. none: it gets the columns as they are.",
    )

    passes: int = Field(default=5, ge=1, description="With batch_rows: how often all rows are read.")

    @field_validator("estimator")
    @classmethod
    def _estimator(cls, value: str) -> str:
        if value and not re.fullmatch(r"\w+(\.\w+)*[.:]\w+", value):
            raise ValueError(f"{value!r} is not 'module.Class', like {DEFAULT[Task.BINARY]}")
        return value

    @property
    def label(self) -> str:
        """The given name, or the estimator's: ``hist_gradient_boosting``."""
        kind = re.split(r"[.:]", self.estimator or DEFAULT[Task.BINARY])[-1]
        short = re.sub(r"(?<=.)(Classifier|Regressor)$", "", kind)
        return self.name or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", short).lower()

    @property
    def trusts(self) -> tuple[str, ...]:
        """What is named in ``trusted``, and the estimator itself: the model file names it."""
        own = (self.estimator.replace(":", "."),) if self.estimator else ()
        return (*self.trusted, *own)

    def fit(self, training: TrainingSet, params: dict[str, Any]) -> SklearnFitted:
        """Fit the preparation and the estimator on ``training.threads`` threads.

        Raises:
            TrainingError: if the rows or the estimator are unsuitable, a parameter is unknown, or fitting fails.
        """
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        target = checked_target(training)
        estimator = self._build(training, {**self.params, **params})
        kinds = column_kinds(training.features)
        rows = aligned(training.features, kinds, error=TrainingError)
        pipeline = self._pipeline(estimator, kinds, rows)
        learnt = target.astype("int64") if training.task is Task.BINARY else target
        try:
            with threadpool_limits(limits=training.threads):
                pipeline.fit(rows, learnt)
        except Exception as error:  # An edge: the estimator may be anybody's code and raise anything.
            raise TrainingError(f"{type(estimator).__name__} cannot be fitted: {error}", code="TRN106") from error
        if "n_jobs" in estimator.get_params():
            # How many threads fitted a model is no part of it: the files and their hash stay the same.
            pipeline[-1].set_params(n_jobs=self.params.get("n_jobs"))
        return SklearnFitted(pipeline, kinds, training.task, self.trusts)

    def fit_batches(self, training: TrainingBatches, params: dict[str, Any]) -> SklearnFitted:
        """Fit an estimator that has ``partial_fit``, block by block, the blocks in another order in each pass.

        Raises:
            TrainingError: TRN112 if it has not, else as `fit`.
        """
        import numpy as np
        from sklearn.pipeline import Pipeline
        from threadpoolctl import threadpool_limits

        checked_target(training)
        estimator = self._build(training, {**self.params, **params})
        _check_learns_in_batches(estimator)
        kinds, profile = described(training)
        steps = []
        if self.preparation == "auto":
            steps = [("prepare", streamed_preparation(profile, kinds, style_for(estimator)))]
        order = np.random.default_rng(training.seed)
        try:
            with threadpool_limits(limits=training.threads):
                for _ in range(self.passes):
                    for block in shuffled(training.blocks, order):
                        features, target = training.read(block)
                        rows = aligned(features, kinds, error=TrainingError)
                        _learn_more(estimator, steps[0][1].transform(rows) if steps else rows, target, training.task)
        except LeewayError:
            raise
        except Exception as error:  # An edge: the estimator may be anybody's code and raise anything.
            raise TrainingError(f"{type(estimator).__name__} cannot be fitted: {error}", code="TRN106") from error
        return SklearnFitted(Pipeline([*steps, ("model", estimator)]), kinds, training.task, self.trusts)

    def _build(self, training: Trainable, params: dict[str, Any]) -> Any:
        """Make the unfitted estimator, seeded, after checking that it suits the task."""
        path = self.estimator or DEFAULT[training.task]
        try:
            cls = load(path, what="estimator")
        except LeewayError as error:
            raise TrainingError(error.what, code="TRN104", do="Install the package or correct 'estimator'.") from error
        estimator = _instance(cls, params, path)
        _check_suits(estimator, training.task, path)
        given = estimator.get_params()
        seeds = {key: training.seed for key in given if key.split("__")[-1] == "random_state" and given[key] is None}
        # scikit-learn uses one thread by itself, and warns where n_jobs is on its way out; others take all cores.
        wanted = "n_jobs" in given and (training.threads > 1 or not path.startswith("sklearn"))
        threads = {"n_jobs": training.threads} if wanted else {}
        return estimator.set_params(**seeds, **threads)

    def _pipeline(self, estimator: Any, kinds: Kinds, rows: pd.DataFrame) -> Any:
        from sklearn.pipeline import Pipeline

        if self.preparation == "none":
            return Pipeline([("model", estimator)])
        style, levels = style_for(estimator), MAX_LEVELS
        given = estimator.get_params()
        if style is Style.CODES and "categorical_features" in given and "max_bins" in given:
            levels = min(levels, given["max_bins"] - 1)
            numbers = sum(kind is ColumnKind.NUMBER for kind in kinds.values())
            texts = sum(kind is ColumnKind.TEXT for kind in kinds.values())
            if texts and given["categorical_features"] in (None, "from_dtype"):
                estimator.set_params(categorical_features=list(range(numbers, numbers + texts)))
        return Pipeline([("prepare", preparation(rows, kinds, style, max_levels=levels)), ("model", estimator)])


def _check_learns_in_batches(estimator: Any) -> None:
    if not hasattr(estimator, "partial_fit"):
        raise TrainingError(
            f"{type(estimator).__name__} needs all rows at once: it has no partial_fit",
            code="TRN112",
            do="Leave out its batch_rows; or choose one that has it, such as sklearn.linear_model.SGDClassifier with "
            "loss: log_loss, or kind: torch.",
        )


def _learn_more(estimator: Any, rows: Any, target: np.ndarray[Any, Any], task: Task) -> None:
    if task is Task.BINARY:
        estimator.partial_fit(rows, target.astype("int64"), classes=[0, 1])
    else:
        estimator.partial_fit(rows, target)


def _instance(cls: Any, params: dict[str, Any], path: str) -> Any:
    if not (isinstance(cls, type) and hasattr(cls, "get_params") and hasattr(cls, "fit")):
        raise TrainingError(f"{path} is not an estimator: a class with fit and get_params", code="TRN104")
    known = cls._get_param_names() if hasattr(cls, "_get_param_names") else sorted(params)
    # Some, like LightGBM's, hand on whatever else they are given to a library of their own.
    hands_on = any(one.kind is one.VAR_KEYWORD for one in inspect.signature(cls).parameters.values())
    for name in params:
        if name not in known and not hands_on:
            raise TrainingError(f"{path} has no parameter {name!r}; {did_you_mean(name, known)}", code="TRN105")
    try:
        return cls(**params)
    except TypeError as error:
        raise TrainingError(f"{path} cannot be made: {error}", code="TRN105") from error


def _check_suits(estimator: Any, task: Task, path: str) -> None:
    from sklearn.base import is_classifier, is_regressor

    if task is Task.REGRESSION and not is_regressor(estimator):
        raise TrainingError(f"{path} is not a regressor", code="TRN104", do="Choose one, or set task: binary.")
    if task is Task.BINARY and not is_classifier(estimator):
        raise TrainingError(f"{path} is not a classifier", code="TRN104", do="Choose one, or set task: regression.")
    if task is Task.BINARY and not hasattr(estimator, "predict_proba"):
        raise TrainingError(
            f"{path} gives no probabilities (predict_proba)",
            code="TRN104",
            do="Choose one that does, such as sklearn.linear_model.LogisticRegression.",
        )
