"""The score matrix: what a model trained on some windows predicts for every later one, computed once and kept."""

from __future__ import annotations

import io
import os
import secrets
from contextlib import suppress
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NamedTuple

from leeway.backtest.crew import spread
from leeway.canonical import digest
from leeway.errors import TrainingError
from leeway.evaluation.metrics import metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    import numpy as np

    from leeway.backtest.learner import Learner
    from leeway.backtest.stream import Stream

    Array = np.ndarray[Any, Any]
    Progress = Callable[[int, int], None]

FORMAT = 1
"""Counts changes of what the files hold."""
FEW = 3
"""So few models are fitted at once by this process: others would take longer to start."""


class Trained(NamedTuple):
    """A model by the first and the last window that it has learnt from."""

    first: int
    last: int


class Matrix:
    """Predictions of every model on all rows after its training, in files of a folder.

    A file appears whole or not at all, so a killed process loses only what it was computing. What is not there yet is
    computed when it is asked for.

    Args:
        stream: the rows.
        learner: what is fitted.
        root: folder of all backtests; the matrix has one of its own in it, by what it was made of.
    """

    def __init__(self, stream: Stream, learner: Learner, root: Path) -> None:
        self.stream = stream
        self.learner = learner
        self._root = root
        self._memory: dict[tuple[Trained, str], Array] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_memory": {}}

    @cached_property
    def digest(self) -> str:
        """Of everything that the predictions depend on."""
        return digest([FORMAT, _engine(), self.stream.digest, self.learner.digest])

    @property
    def folder(self) -> Path:
        """Where its files are."""
        return self._root / self.digest[:32]

    def scores(self, model: Trained, first: int, last: int) -> Array:
        """Predictions for the rows of the windows from first to last, which all come after the model's training.

        Raises:
            TrainingError: if the model cannot be fitted.
        """
        if first <= model.last:
            raise ValueError(f"{model} has learnt from window {first}")
        rows, begin = self.stream.rows(first, last), self.stream.edges[model.last + 1]
        return self._part(model, "scores")[rows.start - begin : rows.stop - begin]

    def values(self, model: Trained) -> Array:
        """The primary metric on every window, float64 of shape (windows,); NaN up to its training and where undefined.

        Raises:
            TrainingError: if the model cannot be fitted.
        """
        return self._part(model, "values")

    def fill(self, models: Iterable[Trained], *, workers: int = 1, progress: Progress | None = None) -> None:
        """Compute what is missing of these models; one that cannot be fitted is left out."""
        fill([self], [(0, model) for model in models], workers=workers, progress=progress)

    def compute(self, model: Trained) -> None:
        """Fit a model and write what it predicts.

        Raises:
            TrainingError: if it cannot be fitted.
        """
        import numpy as np

        stream = self.stream
        fitted = self.learner.fit(stream, *model)
        later = slice(int(stream.edges[model.last + 1]), None)
        scores = fitted.predict(stream.features.iloc[later].reset_index(drop=True)).astype("float64")
        values = np.full(len(stream.windows), np.nan)
        begin = stream.edges[model.last + 1]
        for window in range(model.last + 1, len(stream.windows)):
            rows = stream.rows(window, window)
            known = stream.labelled[rows]
            found = metrics(
                stream.task, stream.target[rows][known], scores[rows.start - begin : rows.stop - begin][known]
            )
            values[window] = found.get(stream.metric, np.nan)
        # Last what tells that both are there.
        for part, numbers in {"values": values, "scores": scores}.items():
            write(self._file(model, part), _bytes(numbers))

    def missing(self, model: Trained) -> bool:
        """Whether a model has to be fitted before its scores can be read."""
        return not self._file(model, "scores").exists()

    def _part(self, model: Trained, part: str) -> Array:
        import numpy as np

        found = self._memory.get((model, part))
        if found is None:
            if self.missing(model):
                self.compute(model)
            found = self._memory[model, part] = np.load(self._file(model, part), allow_pickle=False)
        return found

    def _file(self, model: Trained, part: str) -> Path:
        return self.folder / f"{model.first:05d}-{model.last:05d}.{part}.npy"


def fill(
    matrices: Sequence[Matrix],
    wanted: Iterable[tuple[int, Trained]],
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> None:
    """Compute what is missing of several matrices, the largest models first.

    Args:
        matrices: whose models.
        wanted: place of a matrix, and a model of it.
        workers: processes at a time.
        progress: called with how many are done, of how many.
    """
    todo = [(place, model) for place, model in dict.fromkeys(wanted) if matrices[place].missing(model)]
    todo.sort(key=lambda job: (job[1].first - job[1].last, job))
    spread(_compute, tuple(matrices), todo, workers=workers if len(todo) > FEW else 1, progress=progress)


def _compute(matrices: tuple[Matrix, ...], job: tuple[int, Trained]) -> None:
    place, model = job
    with suppress(TrainingError):  # whoever asks for it will hear of it
        matrices[place].compute(model)


def _engine() -> str:
    """Another release may fit another model. To import it would take longer than all else where nothing is fitted."""
    return version("scikit-learn")


def _bytes(values: Array) -> bytes:
    import numpy as np

    held = io.BytesIO()
    np.save(held, values, allow_pickle=False)
    return held.getvalue()


def write(file: Path, data: bytes) -> None:
    """Make a file appear, complete."""
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f"{file.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        temporary.write_bytes(data)
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
