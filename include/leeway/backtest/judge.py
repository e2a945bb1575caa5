"""What is measured of a model on a window, from the score matrix: its performance, its rival, what detectors say."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from leeway.core import Performance, Probe, Rival, Signal
from leeway.detectors.base import Detector, Observation
from leeway.detectors.baseline import BaselineDetector
from leeway.evaluation.compare import compare, compare_slices, standard_error
from leeway.evaluation.groups import Groups
from leeway.evaluation.metrics import losses, metrics, points
from leeway.evaluation.performance import performance
from leeway.kinds import build

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd

    from leeway.backtest.matrix import Matrix, Trained
    from leeway.backtest.stream import Stream
    from leeway.core import Comparison
    from leeway.profiles.profile import Profile

    Array = np.ndarray[Any, Any]

SCORE = "prediction"
"""Column of a profile that holds the champion's scores, as detectors know it."""
REFERENCE_WINDOWS = 2
"""A champion's first scored windows: the reference of its own scores."""


class Judge:
    """Judges models of a matrix; what was found once is remembered.

    Args:
        matrix: the predictions.
        detectors: what looks for trouble.
    """

    def __init__(self, matrix: Matrix, detectors: Sequence[Detector]) -> None:
        self.matrix = matrix
        self.detectors = tuple(detectors)
        self._performances: dict[tuple[Trained, int], Performance] = {}
        self._examined: dict[tuple[Trained, int, int], dict[str, float]] = {}
        self._profiles: dict[tuple[Trained | None, int], Profile] = {}
        self._references: dict[Trained, Profile] = {}
        self._told: dict[tuple[Any, ...], tuple[Signal, ...]] = {}

    @property
    def stream(self) -> Stream:
        """The rows."""
        return self.matrix.stream

    def performance(self, model: Trained, window: int, version: int) -> Performance:
        """How a model did on a window, on all its labels."""
        found = self._performances.get((model, window))
        if found is None:
            found = self._performances[model, window] = self._performance(model, window)
        return found.model_copy(update={"version": version})

    def rival(self, models: tuple[Trained, Trained], window: int, versions: tuple[int, int]) -> Rival | None:
        """How the champion before (the second of both) would have done on the first one's rows; None without labels."""
        stream = self.stream
        target, (ours, theirs), blocks = self._labelled(models, window, window)
        if not len(target):
            return None
        compared = compare(losses(stream.loss, target, ours), losses(stream.loss, target, theirs), blocks)
        own, other = (self.examined(model, window, window).get(stream.metric) for model in models)
        return Rival(
            window=stream.windows[window],
            version=versions[0],
            rival=versions[1],
            rows=len(target),
            gain=compared.gain,
            variance=standard_error(compared) ** 2,
            points=points(stream.metric, own, other) if own is not None and other is not None else None,
        )

    def probe(self, champion: Trained, newer: Trained, window: int, *, version: int, history: str) -> Probe | None:
        """What a newer model would have gained on a window that the champion scored; None without labels.

        Raises:
            TrainingError: if it cannot be fitted.
        """
        found = self.rival((champion, newer), window, (version, 0))
        if found is None:
            return None
        windows = self.stream.windows
        return Probe(
            window=found.window,
            version=version,
            history=history,
            trained_on=(windows[newer.first], windows[newer.last]),
            rows=found.rows,
            loss=self.performance(champion, window, version).loss,
            gain=found.gain,
            variance=found.variance,
            points=found.points,
        )

    def examined(self, model: Trained, first: int, last: int) -> dict[str, float]:
        """All metrics of a model on the labelled rows of the windows from first to last."""
        if (model, first, last) not in self._examined:
            target, (scores,), _ = self._labelled((model,), first, last)
            self._examined[model, first, last] = metrics(self.stream.task, target, scores)
        return self._examined[model, first, last]

    def loss(self, model: Trained, first: int, last: int) -> float:
        """Mean loss of a model on the labelled rows of the windows from first to last."""
        target, (scores,), _ = self._labelled((model,), first, last)
        return float(losses(self.stream.loss, target, scores).mean())

    def paired_losses(
        self, champion: Trained, challenger: Trained, first: int, last: int
    ) -> tuple[Array, Array, Array]:
        """Losses of the two models on the labelled rows of the windows from first to last, and the rows' blocks."""
        target, scores, blocks = self._labelled((champion, challenger), first, last)
        theirs, ours = (losses(self.stream.loss, target, one) for one in scores)
        return theirs, ours, blocks

    def compared(self, champion: Trained, challenger: Trained, first: int, last: int) -> Comparison:
        """The two models, row by row, on the windows from first to last."""
        return compare(*self.paired_losses(champion, challenger, first, last))

    def compared_slices(self, champion: Trained, challenger: Trained, first: int, last: int) -> dict[str, Comparison]:
        """The same in every slice."""
        target, scores, blocks = self._labelled((champion, challenger), first, last)
        theirs, ours = (losses(self.stream.loss, target, one) for one in scores)
        return compare_slices(self._slices(first, last), theirs, ours, blocks)

    def groups(self, champion: Trained | None, challenger: Trained, first: int, last: int) -> Groups:
        """The same rows for gates that look at groups."""
        models = (challenger,) if champion is None else (challenger, champion)
        target, scores, blocks = self._labelled(models, first, last)
        return Groups(
            task=self.stream.task,
            target=target,
            challenger=scores[0],
            champion=scores[1] if champion is not None else None,
            levels=self._slices(first, last),
            sensitive=self.stream.sensitive,
            days=blocks,
        )

    def signals(
        self,
        model: Trained,
        window: int,
        *,
        served: Sequence[int],
        matured: tuple[Performance, ...],
        earlier: tuple[Performance, ...],
        further: Sequence[str] = (),
    ) -> tuple[Signal, ...]:
        """What the detectors say of a window that a model served.

        Args:
            model: which served it.
            window: the window.
            served: the windows that the model has served before, oldest first.
            matured: its performance where labels became known.
            earlier: the same of windows before.
            further: kinds of detectors that are asked besides.
        """
        first = tuple(served[:REFERENCE_WINDOWS])
        observation = Observation(
            current=self._profile(model, window),
            reference=self._reference(model, first),
            matured=matured,
            earlier=earlier,
        )
        missing = [kind for kind in further if kind not in {detector.kind for detector in self.detectors}]
        asked = (*self.detectors, *(_detector(kind) for kind in missing))
        found: list[Signal] = []
        for place, detector in enumerate(asked):
            if isinstance(detector, BaselineDetector):
                found += detector.detect(observation)
            else:  # it has profiles to look at, whatever policy asks
                key = (place, detector.kind, model, window, first)
                if key not in self._told:
                    self._told[key] = detector.detect(observation)
                found += self._told[key]
        return tuple(found)

    def _labelled(self, models: Sequence[Trained], first: int, last: int) -> tuple[Array, tuple[Array, ...], Array]:
        """Targets, each model's scores, and blocks of the labelled rows."""
        rows = self.stream.rows(first, last)
        known = self.stream.labelled[rows]
        scores = tuple(self.matrix.scores(model, first, last)[known] for model in models)
        return self.stream.target[rows][known], scores, self.stream.block[rows][known]

    def _slices(self, first: int, last: int) -> pd.DataFrame:
        """The slice columns of the same rows."""
        rows = self.stream.rows(first, last)
        return self.stream.slices.iloc[rows][self.stream.labelled[rows]].reset_index(drop=True)

    def _performance(self, model: Trained, window: int) -> Performance:
        stream = self.stream
        rows = stream.rows(window, window)
        return performance(
            stream.windows[window],
            0,
            task=stream.task,
            loss=stream.loss,
            target=stream.target[rows],
            scores=self.matrix.scores(model, window, window),
            day=stream.block[rows],
            slices=stream.slices.iloc[rows],
            in_full=False,
        )

    @cached_property
    def _inputs(self) -> tuple[Profile, ...]:
        """Profiles of the features of every window, counted alike."""
        from leeway.profiles.building import profile_frame

        made: list[Profile] = []
        for window in range(len(self.stream.windows)):
            frame = self.stream.features.iloc[self.stream.rows(window, window)]
            made.append(profile_frame(frame, like=made[0].layout if made else None))
        return tuple(made)

    def _scored(self, model: Trained, window: int) -> Profile:
        """The profile of a model's scores, counted as those of the first window after its training."""
        import pandas as pd

        from leeway.profiles.building import profile_frame

        if (model, window) not in self._profiles:
            first = model.last + 1
            like = self._scored(model, first).layout if window != first else None
            scores = pd.DataFrame({SCORE: self.matrix.scores(model, window, window)})
            self._profiles[model, window] = profile_frame(scores, like=like)
        return self._profiles[model, window]

    def _profile(self, model: Trained, window: int) -> Profile:
        return self._inputs[window].beside(self._scored(model, window))

    def _reference(self, model: Trained, first: Sequence[int]) -> Profile:
        """What the model has learnt from, beside its scores on the first windows that it served."""
        from leeway.profiles.profile import Profile

        if model not in self._references:
            self._references[model] = Profile.merge_all(self._inputs[model.first : model.last + 1])
        if not first:
            return self._references[model]
        return self._references[model].beside(Profile.merge_all([self._scored(model, window) for window in first]))


def _detector(kind: str) -> Detector:
    made: Any = build(Detector, kind)
    return made  # type: ignore[no-any-return]
