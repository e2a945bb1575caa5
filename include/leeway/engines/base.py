"""What every engine promises: the profile of a window's rows, wherever they are counted."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from leeway.kinds import Kind
from leeway.schema import ColumnType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    import pandas as pd
    import sqlalchemy as sa

    from leeway.core import Partition
    from leeway.profiles.database.base import Queried
    from leeway.profiles.layout import Layout
    from leeway.profiles.profile import Profile
    from leeway.schema import Column
    from leeway.store import Store


@dataclass(frozen=True, kw_only=True)
class WindowRows:
    """The validated rows of one window, as each engine may come by them.

    Args:
        raw: the published rows, in order of time.
        predictions: their scores, row beside row; None while there is no champion.
        score: the column of the scores.
        columns: the feature columns that the schema declares, in order.
        order: the columns that give the rows their order: event time, then key.
        store: where both partitions are.
        frame: reads the features, and beside them the scores, into this process.
        query: asks the source's database for exactly these rows; raises ProfileError where there is none.
        scratch: a folder for files that are needed while the rows are counted.
        threads: that an engine in this process may use; with 1 the same rows give the same bytes.
    """

    raw: Partition
    predictions: Partition | None
    score: str
    columns: Mapping[str, Column]
    order: tuple[str, ...]
    store: Store
    frame: Callable[[], pd.DataFrame]
    query: Callable[[], Queried]
    scratch: Callable[[], AbstractContextManager[Path]]
    threads: int = 1


class Engine(Kind):
    """Counts the rows of windows; all engines give the same profile, but for the rounding of sums."""

    FAMILY: ClassVar[str] = "engine"
    KINDS: ClassVar[dict[str, str]] = {
        "memory": "leeway.engines.memory:Memory",
        "duckdb": "leeway.engines.duck:DuckDb",
        "sql": "leeway.engines.sql:Sql",
        "spark": "leeway.engines.spark:Spark",
    }
    PUSHES: ClassVar[bool] = True
    """Whether it counts declared columns outside of pandas: then no function can make the features."""
    QUERIES_SOURCE: ClassVar[bool] = False
    """Whether it asks the database that the rows come from."""

    @abstractmethod
    def profile(self, window: WindowRows, like: Layout) -> Profile:
        """Profile the features and, if the window was scored, the scores.

        Raises:
            ProfileError: if the engine cannot be reached, refuses, or sees other rows than were published.
        """


def counted(columns: Mapping[str, Column]) -> list[sa.ColumnElement[Any]]:
    """The columns of a statement in the types that pandas would count: what may be missing is a float there."""
    return [_as_in_pandas(column_of(name), column).label(name) for name, column in columns.items()]


def _as_in_pandas(given: sa.ColumnElement[Any], column: Column) -> sa.ColumnElement[Any]:
    import sqlalchemy as sa

    if column.type in (ColumnType.INT, ColumnType.FLOAT):
        return sa.cast(given, sa.Double)
    if column.type is ColumnType.STRING:
        return sa.cast(given, sa.Text)
    truth = sa.cast(given, sa.Boolean)
    return sa.cast(sa.cast(truth, sa.Integer), sa.Double) if column.nullable else truth


def column_of(name: str) -> sa.ColumnElement[Any]:
    """A column by its quoted name."""
    import sqlalchemy as sa

    return sa.column(sa.quoted_name(name, quote=True))


def beside_scores(profile: Profile, window: WindowRows, like: Layout) -> Profile:
    """Count the scores in this process and put them beside the features that were counted elsewhere."""
    if window.predictions is None:
        return profile
    from leeway.profiles.building import profile_table

    return profile.beside(profile_table(window.store.read(window.predictions, [window.score]), like))


def ordered_by(names: tuple[str, ...]) -> list[sa.ColumnElement[Any]]:
    """The columns that say where a row stands, under names that no feature has."""
    return [column_of(name).label(f"leeway_order_{place}") for place, name in enumerate(names)]
