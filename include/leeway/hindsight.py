"""What would have been: the same windows served by the first champion for ever, or by a new model for each of them.

Both are computed beside the ledger, from its own partitions, and change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from leeway.core import Action, CandidateResult, Partition, PartitionKind, Window
from leeway.dataset import (
    SCORE,
    Rows,
    features,
    in_windows,
    is_mature,
    join_labels,
    label_partitions,
    labels,
    raw_frame,
    served_model,
)
from leeway.errors import TrainingError
from leeway.evaluation.metrics import metrics
from leeway.outcome import recipe_of
from leeway.recipes import fit

if TYPE_CHECKING:
    import numpy as np

    from leeway.spec import ModelSpec
    from leeway.workspace import Workspace

Progress = Callable[[Window], None]


@dataclass(frozen=True)
class Served:
    """How the windows were served under one policy: the mean over windows of each metric, and the number of retrains.

    A retrain counts whether or not its challenger was promoted: it was paid for. The first training is not counted.
    """

    policy: str
    retrains: int
    windows: int
    metrics: dict[str, float]


@dataclass(frozen=True)
class Hindsight:
    """All scored windows of a model with every label that is known by now."""

    ws: Workspace
    spec: ModelSpec

    def leeway(self) -> Served:
        """As it was: by the champions of the ledger."""
        scores = {found.window: self.ws.store.read(found)[SCORE].to_numpy() for found in self._scored}
        decisions = self.ws.catalog.decisions(self.spec.name)
        first = self.ws.catalog.promotions(self.spec.name)[0].effective_from
        asked = [d for d in decisions if d.action is Action.RETRAIN and d.window.start >= first]
        return self._served("leeway", len(asked), scores)

    def never(self) -> Served:
        """By the first champion, all the time."""
        fitted = served_model(self.ws, self.spec, self._first_version)
        scores = {window: fitted.predict(rows.features) for window, rows in self._rows_by_window.items()}
        return self._served("never", 0, scores)

    def every(self, progress: Progress | None = None) -> Served:
        """By the newest champion's recipe, fitted anew before every window on all labels known by then.

        The newest recipe was chosen with the most data, later than most windows: that favours this policy, not leeway.
        """
        winner = self._newest_recipe
        scores = {}
        for window, rows in self._rows_by_window.items():
            known = self._known_before(window).training_set(self.spec, self.ws.threads)
            fitted = fit(self.spec, winner.candidate, known, winner.params)
            scores[window] = fitted.predict(rows.features)
            if progress:
                progress(window)
        return self._served("every window", len(scores) - 1, scores)

    @property
    def windows(self) -> Sequence[Window]:
        """The windows that were scored, oldest first."""
        return tuple(found.window for found in self._scored)

    @cached_property
    def _scored(self) -> tuple[Partition, ...]:
        found = self.ws.catalog.partitions(self.spec.name, PartitionKind.PREDICTIONS)
        if not found:
            raise TrainingError("no window was scored yet", code="TRN204", model=self.spec.name)
        return found

    @cached_property
    def _newest_recipe(self) -> CandidateResult:
        newest = max(promotion.to_version for promotion in self.ws.catalog.promotions(self.spec.name))
        return recipe_of(self.ws, self.spec, newest)

    @property
    def _first_version(self) -> int:
        return self.ws.catalog.promotions(self.spec.name)[0].to_version

    @cached_property
    def _raw(self) -> tuple[Partition, ...]:
        return tuple(p for p in self.ws.catalog.partitions(self.spec.name, PartitionKind.RAW) if p.usable)

    @cached_property
    def _rows(self) -> Rows:
        """All rows; the target is NaN where no label is known."""
        raw = raw_frame(self.ws, self.spec, self._raw)
        newest = max(found.window.end for found in self._raw)
        known = labels(self.ws, self.spec, label_partitions(self.ws, self.spec, newest))
        return Rows(raw, features(self.spec, raw), join_labels(self.spec, raw, known))

    @cached_property
    def _rows_by_window(self) -> dict[Window, Rows]:
        return {window: self._of([window]) for window in self.windows}

    def _of(self, windows: Iterable[Window]) -> Rows:
        return self._rows.where(in_windows(self.spec, self._rows.raw, list(windows)))

    def _known_before(self, window: Window) -> Rows:
        import numpy as np

        mature = [found.window for found in self._raw if is_mature(self.spec, found.window, window.start)]
        rows = self._of(mature)
        return rows.where(~np.isnan(rows.target))

    def _served(self, policy: str, retrains: int, scores: dict[Window, np.ndarray[Any, Any]]) -> Served:
        import numpy as np

        per_window = []
        for window, predicted in scores.items():
            target = self._rows_by_window[window].target
            judged = ~np.isnan(target)
            if judged.any():
                per_window.append(metrics(self.spec.task, target[judged], predicted[judged]))
        names = sorted({name for found in per_window for name in found})
        means = {name: float(np.mean([found[name] for found in per_window if name in found])) for name in names}
        return Served(policy, retrains, len(per_window), means)
