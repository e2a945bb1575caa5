"""What is fitted in a backtest: one recipe with fixed parameters, the same for every policy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from leeway.canonical import digest
from leeway.trainers.base import TrainingSet
from leeway.trainers.baseline import fit_baseline

if TYPE_CHECKING:
    import numpy as np

    from leeway.backtest.stream import Stream
    from leeway.trainers.base import Fitted, Trainer

    Array = np.ndarray[Any, Any]

TREES = {
    "max_iter": 60,
    "max_leaf_nodes": 31,
    "learning_rate": 0.1,
    "min_samples_leaf": 20,
    "max_features": 0.8,
    "early_stopping": False,
}
"""Histogram gradient boosting where nothing else is asked for; features are sampled, so that seeds differ."""


@dataclass(frozen=True, kw_only=True)
class Learner:
    """A trainer with the parameters that it keeps for the whole backtest.

    Args:
        trainer: what is fitted.
        params: its parameters, over the trainer's own.
        seed: of the run; each model has one of its own, made of it and of the end of its training rows.
        threads: that one fit may use.
    """

    trainer: Trainer
    params: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    threads: int = 1

    @property
    def digest(self) -> str:
        """Of everything that makes a difference to a fitted model besides its rows."""
        return digest([self.trainer.model_dump(mode="json"), self.params, self.seed])

    def fit(self, stream: Stream, first: int, last: int) -> Fitted:
        """Fit on the labelled rows of the windows from first to last.

        Raises:
            TrainingError: if the rows are unsuitable.
        """
        return self.trainer.fit(self._training_set(stream, first, last), self.params)

    def trivial(self, stream: Stream, first: int, last: int) -> float:
        """What the trivial baseline predicts for every row.

        Raises:
            TrainingError: if there is no label.
        """
        return fit_baseline(self._training_set(stream, first, last), loss=stream.loss).value

    def _training_set(self, stream: Stream, first: int, last: int) -> TrainingSet:
        rows = stream.rows(first, last)
        chosen = stream.labelled[rows]
        return TrainingSet(
            task=stream.task,
            features=stream.features.iloc[rows][chosen].reset_index(drop=True),
            target=stream.target[rows][chosen],
            seed=1_000 * self.seed + last,
            threads=self.threads,
        )


def default_learner(estimator: str = "") -> Learner:
    """Histogram gradient boosting, or any estimator class by its name ``module.Class`` with its own defaults.

    Raises:
        SpecError: if the name is not one of a class.
    """
    from leeway.kinds import build
    from leeway.trainers.base import Trainer

    described = {"kind": "sklearn", "estimator": estimator, "params": {} if estimator else TREES}
    trainer: Any = build(Trainer, described)
    return Learner(trainer=trainer)
