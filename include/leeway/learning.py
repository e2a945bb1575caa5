"""The labelled rows that a candidate learns from: in memory, or in blocks on the disk where they need not fit into it.

Blocks are put together by DuckDB from the store's Parquet files; they hold the same rows in the same order as a frame
in memory would. They are used if the model file names an engine, or ``batch_rows`` for one of its trainers.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from leeway.dataset import KNOWN_AT, TARGET, as_frame, features, in_windows, join_columns, labelled
from leeway.engines.duck import MEMORY_GB
from leeway.engines.labelled import Joining, labelled_batches
from leeway.errors import TrainingError
from leeway.recipes import search_windows
from leeway.schema import Role
from leeway.trainers.batches import Block, TrainingBatches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

    from leeway.core import Candidate, Partition, Window
    from leeway.dataset import Rows
    from leeway.spec import ModelSpec
    from leeway.trainers.base import Trainer, TrainingSet
    from leeway.trainers.batches import Trainable
    from leeway.workspace import Workspace

BLOCK_ROWS = 100_000
"""Rows of a block where the trainer does not say how many."""
CELL_BYTES = 150
"""Memory that training takes per row and column, about, where all rows are in memory: see docs/performance.md."""


class Learning(Protocol):
    """Labelled rows to learn from, oldest first."""

    def __len__(self) -> int:
        """How many there are."""

    def everything(self) -> Trainable:
        """All rows; raises TrainingError TRN113 if they have to be in memory and are too many for it."""

    def split(self) -> tuple[Trainable, TrainingSet]:
        """For a search: the rows before its windows, and those of its windows, on which it judges."""


@contextmanager
def learning_rows(
    ws: Workspace, spec: ModelSpec, candidate: Candidate, raw: Sequence[Partition], labels: Sequence[Partition]
) -> Iterator[Learning]:
    """The labelled rows of some partitions, as long as the context lasts.

    Args:
        ws: the workspace.
        spec: the model.
        candidate: who learns.
        raw: to learn from, oldest first.
        labels: all that are known, in the order in which they became known.

    Raises:
        TrainingError: TRN113 if the rows need more memory than ``LEEWAY_TRAINING_GB``.
    """
    judged = search_windows(tuple(found.window for found in raw), spec.training.holdback_windows)
    if not in_blocks(spec):
        check_fits(ws, spec, sum(found.rows for found in raw))
        yield _InMemory(ws, spec, labelled(ws, spec, raw, labels) if raw else None, judged)
        return
    trainer = spec.training.trainers[candidate.trainer] if candidate.trainer is not None else None
    groups = [found for found in raw if found.window not in judged], [found for found in raw if found.window in judged]
    with ws.scratch() as folder:
        assembly = _Assembly(ws, spec, folder, (trainer.batch_rows if trainer else None) or BLOCK_ROWS)
        older, newest = (
            tuple(assembly.blocks(name, group, labels)) for name, group in zip(("older", "newest"), groups, strict=True)
        )
        yield _InBlocks(ws, spec, older, newest, trainer)


def in_blocks(spec: ModelSpec) -> bool:
    """Whether the rows to learn from are put together on the disk."""
    return spec.engine.PUSHES or any(trainer.batch_rows for trainer in spec.training.trainers)


def check_fits(ws: Workspace, spec: ModelSpec, rows: int) -> None:
    """Refuse to learn from more rows in memory than there is memory for.

    Raises:
        TrainingError: TRN113.
    """
    columns = len(spec.data.raw_columns)
    needed = rows * columns * CELL_BYTES / 1e9
    if needed > ws.training_gb:
        raise TrainingError(
            f"{rows:,} rows of {columns} columns need about {needed:.1f} GB in memory, and a training may take "
            f"{ws.training_gb:g}",
            code="TRN113",
            model=spec.name,
            do="Set batch_rows for trainers that learn in batches, train on the history 'recent' only, or raise "
            "LEEWAY_TRAINING_GB.",
        )


@dataclass(frozen=True)
class _InMemory:
    ws: Workspace
    spec: ModelSpec
    rows: Rows | None
    judged: tuple[Window, ...]

    def __len__(self) -> int:
        return len(self.rows) if self.rows is not None else 0

    def everything(self) -> TrainingSet:
        assert self.rows is not None, "there are rows"
        return self.rows.training_set(self.spec, self.ws.threads)

    def split(self) -> tuple[TrainingSet, TrainingSet]:
        assert self.rows is not None, "there are rows"
        newest = in_windows(self.spec, self.rows.raw, self.judged)
        older, newer = (self.rows.where(chosen) for chosen in (~newest, newest))
        return older.training_set(self.spec, self.ws.threads), newer.training_set(self.spec, self.ws.threads)


@dataclass(frozen=True)
class _InBlocks:
    ws: Workspace
    spec: ModelSpec
    older: tuple[Block, ...]
    newest: tuple[Block, ...]
    trainer: Trainer | None

    def __len__(self) -> int:
        return self._batches((*self.older, *self.newest)).rows

    def everything(self) -> Trainable:
        return self._trainable((*self.older, *self.newest))

    def split(self) -> tuple[Trainable, TrainingSet]:
        newest = self._batches(self.newest)
        check_fits(self.ws, self.spec, newest.rows)
        return self._trainable(self.older), newest.whole()

    def _trainable(self, blocks: tuple[Block, ...]) -> Trainable:
        batches = self._batches(blocks)
        if self.trainer is not None and self.trainer.batch_rows:
            return batches
        check_fits(self.ws, self.spec, batches.rows)
        return batches.whole()

    def _batches(self, blocks: tuple[Block, ...]) -> TrainingBatches:
        spec = self.spec
        return TrainingBatches(task=spec.task, blocks=blocks, seed=spec.training.seed, threads=self.ws.threads)


@dataclass(frozen=True)
class _Assembly:
    """Writes blocks of labelled rows into a folder."""

    ws: Workspace
    spec: ModelSpec
    folder: Path
    rows: int

    def blocks(self, name: str, raw: Sequence[Partition], labels: Sequence[Partition]) -> Iterator[Block]:
        """The labelled rows of some partitions, the features made block by block."""
        if not raw:
            return
        spec, folder = self.spec, self.folder / name
        folder.mkdir()
        for number, table in enumerate(_of_size(self._joined(raw, labels), self.rows)):
            target = table[TARGET].to_numpy()
            inputs = features(spec, as_frame(spec, table.drop_columns([TARGET])))
            yield Block.write(folder / f"{number:06}.parquet", inputs, target)

    def _joined(self, raw: Sequence[Partition], labels: Sequence[Partition]) -> Iterator[pa.Table]:
        spec, since = self.spec, raw[0].window.start
        known = [found for found in labels if found.usable and found.rows and found.window.end > since]
        wanted = spec.data.named(Role.FEATURE) if spec.features is None else self._seen_by_function()
        joining = Joining(on=tuple(join_columns(spec)), columns=tuple(wanted), target=TARGET, known_at=KNOWN_AT)
        with ExitStack() as held:
            rows, told = (
                [held.enter_context(self.ws.store.local(found, self.folder)) for found in part] for part in (raw, known)
            )
            yield from labelled_batches(
                rows,
                told,
                joining,
                rows=self.rows,
                memory_gb=getattr(spec.engine, "memory_gb", MEMORY_GB),
                threads=self.ws.threads,
                folder=self.folder,
            )

    def _seen_by_function(self) -> list[str]:
        """What `features` hands to a function: all raw columns but those it must not see."""
        return [name for name in self.spec.data.raw_columns if name not in self.spec.data.withheld]


def _of_size(tables: Iterable[pa.Table], rows: int) -> Iterator[pa.Table]:
    """The same rows in tables of ``rows`` rows; the last one has half to one and a half times as many."""
    import pyarrow as pa

    held: pa.Table | None = None
    for more in tables:
        held = more if held is None else pa.concat_tables([held, more])
        while 2 * held.num_rows >= 3 * rows:
            yield held.slice(0, rows)
            held = held.slice(rows)
    if held is not None and held.num_rows:
        yield held
