"""Searching hyper-parameters: the trainer's own parameters first, then Optuna's proposals."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from leeway.errors import TrainingError
from leeway.trainers.space import Choices, Range, Space, parse_space

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from optuna.trial import Trial as OptunaTrial

    from leeway.trainers.base import Trainer, TrainingSet
    from leeway.trainers.batches import Trainable

    Losses = Callable[[np.ndarray[Any, Any], np.ndarray[Any, Any]], np.ndarray[Any, Any]]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One attempt: parameters beside the trainer's own, and the mean loss on validation rows or why there is none."""

    params: dict[str, Any]
    loss: float | None = None
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class SearchResult:
    """The best parameters beside the trainer's own. Without a search there are no trials and no loss."""

    params: dict[str, Any] = field(default_factory=dict)
    loss: float | None = None
    history: tuple[Trial, ...] = ()

    @property
    def trials(self) -> int:
        """Number of attempts, failed ones included."""
        return len(self.history)


def search(
    trainer: Trainer,
    training: Trainable,
    validation: TrainingSet,
    *,
    loss: Losses,
    trials: int,
    seconds: float,
    seed: int,
) -> SearchResult:
    """Look for the parameters with the least mean loss on the validation rows.

    The first trial is the trainer as it stands, so the search never loses to the default. The others come from a seeded
    tree-structured Parzen estimator (Bergstra et al., NeurIPS 2011). With the same seed, rows and number of trials the
    result is the same; the time limit can cut the number.

    Args:
        trainer: its ``search`` is the space.
        training: rows to fit on.
        validation: rows to judge on, newer than those.
        loss: (target, prediction) -> loss per row.
        trials: at most so many fits.
        seconds: no new trial is started after this time.
        seed: of the proposals.

    Raises:
        TrainingError: if every trial failed.
    """
    space = parse_space(trainer.search)
    if not space:
        return SearchResult()
    end = time.monotonic() + seconds
    history = [_attempt(trainer, training, validation, params={}, loss=loss)]
    study = _study(seed, trials)
    while len(history) < trials and time.monotonic() < end:
        proposed = study.ask()
        attempt = _attempt(trainer, training, validation, params=_propose(proposed, space), loss=loss)
        _tell(study, proposed, attempt)
        history.append(attempt)
    return _best(history)


def _attempt(
    trainer: Trainer, training: Trainable, validation: TrainingSet, *, params: dict[str, Any], loss: Losses
) -> Trial:
    try:
        scores = trainer.learn(training, params).predict(validation.features)
    except TrainingError as error:
        return Trial(params=params, error=str(error))
    mean = float(loss(validation.target, scores).mean())
    if not math.isfinite(mean):
        return Trial(params=params, error="the loss is not a finite number")
    return Trial(params=params, loss=mean)


def _study(seed: int, trials: int) -> Any:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    # The default of 10 random trials at first would make a search of 8 purely random.
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=max(2, trials // 3))
    return optuna.create_study(sampler=sampler)


def _propose(proposed: OptunaTrial, space: Space) -> dict[str, Any]:
    return {name: _value(proposed, name, allowed) for name, allowed in space.items()}


def _value(proposed: OptunaTrial, name: str, allowed: Choices | Range) -> Any:
    if isinstance(allowed, Choices):
        # By place, because Optuna compares choices and takes scalars only: a choice may be a list of layer sizes.
        return allowed.values[proposed.suggest_categorical(name, range(len(allowed.values)))]
    if allowed.integer:
        step = int(allowed.step or 1)
        return proposed.suggest_int(name, int(allowed.low), int(allowed.high), step=step, log=allowed.log)
    return proposed.suggest_float(name, allowed.low, allowed.high, step=allowed.step, log=allowed.log)


def _tell(study: Any, proposed: OptunaTrial, attempt: Trial) -> None:
    from optuna.trial import TrialState

    if attempt.loss is None:
        study.tell(proposed, state=TrialState.FAIL)
    else:
        study.tell(proposed, attempt.loss)


def _best(history: list[Trial]) -> SearchResult:
    good = [(trial.loss, place) for place, trial in enumerate(history) if trial.loss is not None]
    if not good:
        raise TrainingError(
            f"all {len(history)} trials failed; the first: {history[0].error}",
            code="TRN108",
            do="Correct params or search.",
        )
    least, place = min(good)
    return SearchResult(params=history[place].params, loss=least, history=tuple(history))
