"""Rows to learn from that need not fit into memory: blocks of them in files, read one at a time."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from leeway.errors import TrainingError
from leeway.trainers.artifact import column_types
from leeway.trainers.base import TrainingSet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy as np
    import pandas as pd

    from leeway.core import Task

TARGET = "leeway_target"
"""Column of the target in a block's file; no feature may have its name."""
_WIDER = {("float64", "int64"): "float64", ("bool", "float64"): "float64"}
"""What a column is that is one in some blocks and the other elsewhere."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """Some rows in a file of their own.

    Args:
        path: a Parquet file of features and `TARGET`.
        rows: how many.
        types: feature -> float64, int64, bool or string; None where no row has a value.
    """

    path: Path
    rows: int
    types: dict[str, str | None]

    @classmethod
    def write(cls, path: Path, features: pd.DataFrame, target: np.ndarray[Any, Any]) -> Block:
        """Put rows into a file.

        Args:
            path: of the new file.
            features: float64, int64, bool and string columns.
            target: float64 of shape (rows,).

        Raises:
            TrainingError: TRN107 if a column holds values of several types.
        """
        import pyarrow as pa
        from pyarrow import parquet

        seen = features.notna().any()
        types = {name: type_ if seen[name] else None for name, type_ in column_types(features).items()}
        try:
            table = pa.Table.from_pandas(features.assign(**{TARGET: target}), preserve_index=False)
        except (pa.ArrowException, TypeError) as error:
            raise TrainingError(
                f"a feature column holds values of several types: {str(error).splitlines()[0]}", code="TRN107"
            ) from error
        parquet.write_table(table, path)
        return cls(path=path, rows=len(features), types=types)


@dataclass(frozen=True, kw_only=True)
class TrainingBatches:
    """Rows to learn from, oldest first, of which one block is in memory at a time; and the targets of all."""

    task: Task
    blocks: tuple[Block, ...]
    seed: int
    threads: int = 1

    @property
    def rows(self) -> int:
        """How many there are."""
        return sum(block.rows for block in self.blocks)

    @cached_property
    def types(self) -> dict[str, str]:
        """Feature -> float64, int64, bool or string, in the order of the first block.

        Raises:
            TrainingError: TRN107 if blocks have different columns, or numbers and texts in one column.
        """
        names = list(self.blocks[0].types)
        if any(set(block.types) != set(names) for block in self.blocks):
            raise TrainingError("the features function returns other columns for other rows", code="TRN107")
        return {name: _common(name, {block.types[name] for block in self.blocks}) for name in names}

    @cached_property
    def target(self) -> np.ndarray[Any, Any]:
        """The targets of all rows: float64 of shape (rows,)."""
        import numpy as np
        from pyarrow import parquet

        parts = [parquet.read_table(block.path, columns=[TARGET])[TARGET].to_numpy() for block in self.blocks]
        return np.concatenate(parts) if parts else np.empty(0)

    def read(self, block: Block) -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
        """The features of a block, in the types they have everywhere, and its targets."""
        from pyarrow import parquet

        os.utime(block.path.parent.parent)  # so that no sweep takes the folder while it is read
        frame: pd.DataFrame = parquet.read_table(block.path, use_threads=False).to_pandas(use_threads=False)
        target = frame.pop(TARGET).to_numpy()
        return frame[list(self.types)].astype(
            {name: _dtype(frame[name], type_) for name, type_ in self.types.items()}
        ), target

    def __iter__(self) -> Iterator[tuple[pd.DataFrame, np.ndarray[Any, Any]]]:
        return map(self.read, self.blocks)

    def whole(self) -> TrainingSet:
        """All rows in memory."""
        import pandas as pd

        frames = [frame for frame, _ in self]
        features = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
        return TrainingSet(task=self.task, features=features, target=self.target, seed=self.seed, threads=self.threads)


Trainable = TrainingSet | TrainingBatches
"""What a trainer may be given."""


def shuffled(blocks: Sequence[Block], order: np.random.Generator) -> list[Block]:
    """The blocks in another order: a model that learns step by step would remember the last ones best."""
    return [blocks[place] for place in order.permutation(len(blocks))]


def _common(name: str, types: set[str | None]) -> str:
    known = sorted(type_ for type_ in types if type_ is not None)
    if len(known) <= 1:
        return known[0] if known else "float64"
    wider = _WIDER.get((known[0], known[1])) if len(known) == 2 else None
    if wider is None:
        raise TrainingError(
            f"a feature column is {' here and '.join(known)} there",
            code="TRN107",
            column=name,
            do="Give it one type in the features function.",
        )
    return wider


def _dtype(column: pd.Series[Any], type_: str) -> Any:
    if type_ == "string" or (type_ == "bool" and column.isna().any()):
        return object
    return type_
