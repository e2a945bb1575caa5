"""Partitions: immutable rows, and per model, kind and window one pointer to the row that is current."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, Select, insert, select, update

from leeway.catalog.fencing import require_newest
from leeway.catalog.promotions import champion_at
from leeway.catalog.rows import missing, of_window, restore, within
from leeway.catalog.tables import current, partition
from leeway.core import Partition, PartitionKind, PartitionState, Window
from leeway.errors import ConflictError
from leeway.failpoints import failpoint

if TYPE_CHECKING:
    from datetime import datetime

    from leeway.catalog.engine import Database


class Partitions:
    """Which data there is."""

    _db: Database

    def publish(self, published: Partition, *, scope: str, token: int) -> None:
        """Make a partition the current one of its window. Publishing the current one again changes nothing.

        Args:
            published: the partition; its bytes are already in the store.
            scope: what the token fences.
            token: the token that this try has taken.

        Raises:
            FencedError: if a newer try has taken over.
            ConflictError: if predictions were made by another version than the champion at the window's start.
        """
        with self._db.write(published.model) as connection:
            require_newest(connection, published.model, scope=scope, token=token)
            if published.kind is PartitionKind.PREDICTIONS:
                _require_champion(connection, published)
            _point_to(connection, published, _row(connection, published))
            failpoint("catalog.publish")
        failpoint("catalog.published")

    def partition(self, model: str, kind: PartitionKind, window: Window) -> Partition | None:
        """The current partition, if there is one; it may be quarantined."""
        with self._db.read() as connection:
            body = connection.scalar(_current(model, kind).where(of_window(current, model, window)))
        return restore(Partition, body) if body is not None else None

    def partitions(
        self, model: str, kind: PartitionKind, *, start: datetime | None = None, end: datetime | None = None
    ) -> tuple[Partition, ...]:
        """The current partitions of all windows within ``[start, end)``, oldest first, quarantined ones included."""
        query = _current(model, kind).where(*within(current, model, start, end))
        query = query.order_by(current.c.window_start, current.c.window_end)
        with self._db.read() as connection:
            return tuple(restore(Partition, body) for body in connection.scalars(query))

    def pinned(self, model: str, kind: PartitionKind, window: Window, version: str) -> Partition:
        """A partition by its version, whether or not it is still current.

        Raises:
            CatalogError: CAT010 if it was never published.
        """
        query = select(partition.c.body).where(
            of_window(partition, model, window), partition.c.kind == kind, partition.c.version == version
        )
        # One version may have been judged twice: the usable row first.
        query = query.order_by(partition.c.state != PartitionState.PUBLISHED, partition.c.id).limit(1)
        with self._db.read() as connection:
            body = connection.scalar(query)
        if body is None:
            raise missing(f"{kind} partition of version {version[:12]}", model=model, window=window)
        return restore(Partition, body)

    def all_partitions(self, model: str | None = None) -> tuple[Partition, ...]:
        """Every partition ever published, in the order of publishing."""
        query = select(partition.c.body).order_by(partition.c.id)
        if model is not None:
            query = query.where(partition.c.model == model)
        with self._db.read() as connection:
            return tuple(restore(Partition, body) for body in connection.scalars(query))


def _current(model: str, kind: PartitionKind) -> Select[str]:
    joined = current.join(partition, current.c.partition_id == partition.c.id)
    return select(partition.c.body).select_from(joined).where(current.c.model == model, current.c.kind == kind)


def _require_champion(connection: Connection, published: Partition) -> None:
    champion = champion_at(connection, published.model, published.window.start)
    if published.champion != champion:
        raise ConflictError(
            f"predictions were made by version {published.champion}, but the champion of the window is {champion}",
            model=published.model,
            window=published.window,
            do="Score the window again.",
        )


def _row(connection: Connection, published: Partition) -> int:
    """Find the row with this content, or add it."""
    content = published.digest
    found = connection.scalar(
        select(partition.c.id).where(
            of_window(partition, published.model, published.window),
            partition.c.kind == published.kind,
            partition.c.version == published.version,
            partition.c.digest == content,
        )
    )
    if found is not None:
        return int(found)
    row = {
        "model": published.model,
        "kind": published.kind.value,
        "window_start": published.window.start,
        "window_end": published.window.end,
        "version": published.version,
        "digest": content,
        "state": published.state.value,
        "rows": published.rows,
        "champion": published.champion,
        "body": published.to_json(),
    }
    return int(connection.execute(insert(partition).values(row).returning(partition.c.id)).scalar_one())


def _point_to(connection: Connection, published: Partition, row: int) -> None:
    """Move the pointer by compare-and-set on its generation."""
    here = (of_window(current, published.model, published.window), current.c.kind == published.kind)
    pointer = connection.execute(select(current.c.partition_id, current.c.generation).where(*here)).one_or_none()
    if pointer is None:
        key = {"window_start": published.window.start, "window_end": published.window.end, "kind": published.kind.value}
        connection.execute(insert(current).values(model=published.model, partition_id=row, generation=1, **key))
    elif pointer.partition_id != row:
        seen = pointer.generation
        moved = connection.execute(
            update(current).where(*here, current.c.generation == seen).values(partition_id=row, generation=seen + 1)
        )
        if moved.rowcount != 1:
            raise ConflictError("somebody else moved the pointer first", model=published.model, window=published.window)
