"""What every trainer promises."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from pydantic import Field, field_validator

from leeway.errors import TrainingError
from leeway.kinds import Kind
from leeway.trainers.space import parse_space

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import pandas as pd

    from leeway.core import Task
    from leeway.trainers.batches import Trainable, TrainingBatches


@dataclass(frozen=True, kw_only=True)
class TrainingSet:
    """Rows to learn from, oldest first.

    ``features`` has float64, int64, bool and string (object) columns only; missing values are NaN or None.
    ``target`` is float64: 0/1 for binary, the value for regression.
    """

    task: Task
    features: pd.DataFrame
    target: np.ndarray[Any, Any]
    seed: int
    threads: int = 1

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(self.features)

    @property
    def types(self) -> dict[str, str]:
        """Feature -> float64, int64, bool or string."""
        from leeway.trainers.artifact import column_types

        return column_types(self.features)


class Fitted(Protocol):
    """A trained model.

    A class of your own also needs ``load(files, *, trusted)``, see `leeway.trainers.artifact`.
    """

    def predict(self, features: pd.DataFrame) -> np.ndarray[Any, Any]:
        """Score rows: probability of class 1 (binary) or the value (regression), float64 of shape (rows,)."""
        ...

    def save(self, folder: Path) -> None:
        """Write the model's files into an empty folder; never a pickle."""
        ...


class Trainer(Kind):
    """Fits models; the search space is part of the trainer."""

    FAMILY: ClassVar[str] = "trainer"
    KINDS: ClassVar[dict[str, str]] = {
        "sklearn": "leeway.trainers.sklearn:SklearnTrainer",
        "torch": "leeway.trainers.torch:TorchTrainer",
    }

    name: str = Field(default="", description="What reports call it; default: what it fits.")
    params: dict[str, Any] = Field(default_factory=dict, description="Fixed parameters of the model.")
    search: dict[str, Any] = Field(
        default_factory=dict,
        description="Parameter -> list of choices, or {low, high, log, step, int}: what the search varies.",
    )
    trusted: tuple[str, ...] = Field(
        default=(),
        description="Classes of yours ('module.Class') that a saved model may hold besides the built-in allow-list.",
    )

    batch_rows: int | None = Field(
        default=None,
        ge=100,
        description="Learn from so many rows at a time, read from the disk: for a training set larger than memory.",
    )

    @field_validator("search")
    @classmethod
    def _search(cls, value: dict[str, Any]) -> dict[str, Any]:
        parse_space(value)
        return value

    @property
    def label(self) -> str:
        """Name in reports and candidates."""
        return self.name or self.kind

    @property
    def trusts(self) -> tuple[str, ...]:
        """Every class outside the built-in allow-list that a model of this trainer may hold when it is loaded."""
        return self.trusted

    def learn(self, training: Trainable, params: dict[str, Any]) -> Fitted:
        """Fit one model on rows in memory, or batch by batch; see `fit` and `fit_batches`."""
        if isinstance(training, TrainingSet):
            return self.fit(training, params)
        return self.fit_batches(training, params)

    def fit_batches(self, training: TrainingBatches, params: dict[str, Any]) -> Fitted:  # noqa: ARG002 - for those who can
        """Fit one model with one block of rows in memory at a time. Same blocks, same seed: same model.

        Raises:
            TrainingError: TRN112 if this trainer needs all rows at once, else as `fit`.
        """
        raise TrainingError(f"{self.label} cannot learn in batches", code="TRN112", do="Leave out its batch_rows.")

    @abstractmethod
    def fit(self, training: TrainingSet, params: dict[str, Any]) -> Fitted:
        """Fit one model with ``self.params`` overridden by ``params``. Same input, same seed: same model.

        Raises:
            TrainingError: if the estimator cannot be fitted on these rows.
        """
