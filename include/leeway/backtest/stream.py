"""A history to replay: rows in windows, oldest first, and when their labels became known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from leeway.canonical import digest
from leeway.errors import BacktestError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from leeway.core import Task, Window

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False, kw_only=True)
class Stream:
    """Rows of consecutive windows; all parts have one entry per row and the order of time.

    Args:
        name: what reports call it.
        task: what is predicted.
        metric: on which policies are compared, one of the task's.
        loss: per row, one of the task's.
        features: what models see.
        target: float64; NaN where no label is known to this day.
        window: number of each row's window, rising from 0 without gaps.
        block: rows with equal numbers may depend on one another, like those of one day.
        windows: the time that each window stands for.
        known: for each window the newest one whose labels are all known at its end; -1 if none is.
        slices: columns by which losses are told apart, as text; may have none.
        sensitive: those of them that gates on groups look at if they name none.
    """

    name: str
    task: Task
    metric: str
    loss: str
    features: pd.DataFrame
    target: Array
    window: Array
    block: Array
    windows: tuple[Window, ...]
    known: tuple[int, ...]
    slices: pd.DataFrame
    sensitive: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        rows = len(self.features)
        if not rows == len(self.target) == len(self.window) == len(self.block) == len(self.slices):
            raise ValueError("the parts of a stream are not equally long")
        if not len(self.windows) == len(self.known) == len(self.edges) - 1:
            raise ValueError(f"{len(self.windows)} windows, {len(self.known)} of known labels, {self.edges} edges")

    @cached_property
    def edges(self) -> Array:
        """Where each window's rows begin, and at last where they end: integers of shape (windows + 1,)."""
        import numpy as np

        last = int(self.window[-1]) if len(self.window) else -1
        return np.searchsorted(self.window, np.arange(last + 2))

    @cached_property
    def labelled(self) -> Array:
        """Which rows have a label: bool of shape (rows,)."""
        import numpy as np

        return ~np.isnan(self.target)

    @cached_property
    def labelled_rows(self) -> Array:
        """Labelled rows of each window: integers of shape (windows,)."""
        import numpy as np

        return np.bincount(self.window[self.labelled], minlength=len(self.windows))

    def rows(self, first: int, last: int) -> slice:
        """The rows of the windows from first to last."""
        return slice(int(self.edges[first]), int(self.edges[last + 1]))

    @cached_property
    def digest(self) -> str:
        """Of everything that models are fitted on and judged by; not of when labels became known."""
        import pandas as pd

        columns = [
            [str(name), str(part.dtype), digest(pd.util.hash_pandas_object(part, index=False).to_numpy().tobytes())]
            for frame in (self.features, self.slices)
            for name, part in frame.items()
        ]
        arrays = [digest(part.astype("float64").tobytes()) for part in (self.target, self.window, self.block)]
        return digest([self.task, self.metric, self.loss, columns, arrays])

    def shuffled(self, seed: int) -> Self:
        """The same rows in random order: nothing changes with time any more, windows and label delay stay."""
        import numpy as np

        order = np.random.default_rng(seed).permutation(len(self.target))
        return replace(self, **{**self._parts(order), "block": self.block})

    def newest(self, windows: int) -> Self:
        """The stream without all but its newest windows."""
        gone = max(0, len(self.windows) - windows)
        chosen = slice(int(self.edges[gone]), None)
        return replace(
            self,
            **self._parts(chosen),
            window=self.window[chosen] - gone,
            windows=self.windows[gone:],
            known=tuple(max(-1, window - gone) for window in self.known[gone:]),
        )

    def thinned(self, rows: int) -> Self:
        """About so many rows, evenly spaced; at least one of every window."""
        import numpy as np

        if len(self.target) <= rows:
            return self
        chosen = np.linspace(0, len(self.target) - 1, rows).astype(int)
        chosen = np.union1d(chosen, self.edges[:-1])
        return replace(self, **self._parts(chosen), window=self.window[chosen])

    def delayed(self, windows: int) -> Self:
        """The same stream if labels became known so many windows later than their rows."""
        return replace(self, known=known_after(len(self.windows), windows))

    def _parts(self, rows: Any) -> dict[str, Any]:
        """What belongs to a row, besides its window, of these rows."""
        return {
            "features": self.features.iloc[rows].reset_index(drop=True),
            "target": self.target[rows],
            "block": self.block[rows],
            "slices": self.slices.iloc[rows].reset_index(drop=True),
        }


def known_after(windows: int, delay: int) -> tuple[int, ...]:
    """For each of so many windows the newest one whose labels are known, if all come ``delay`` windows late.

    >>> known_after(4, 2)
    (-1, -1, 0, 1)
    """
    return tuple(max(-1, window - delay) for window in range(windows))


def check_enough(stream: Stream, warmup: int) -> None:
    """Refuse a history in which nothing could be decided.

    Raises:
        BacktestError: BKT003 if there are too few windows after the warm-up.
    """
    if len(stream.windows) < warmup + 2:
        raise BacktestError(
            f"{len(stream.windows)} windows cannot be replayed: {warmup} train the first model, and 2 more are needed",
            code="BKT003",
            stream=stream.name,
            do="Lower --warmup, or take more windows.",
        )
