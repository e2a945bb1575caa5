"""DuckDB, inside this process: it reads the store's Parquet files and keeps on disk what exceeds its memory."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from pydantic import Field

from leeway.engines.base import Engine, column_of, counted
from leeway.errors import ProfileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import sqlalchemy as sa

    from leeway.engines.base import WindowRows
    from leeway.profiles.layout import Layout
    from leeway.profiles.profile import Profile

MEMORY_GB = 1.0
"""What DuckDB may take where nothing else is said."""


class DuckDb(Engine):
    """DuckDB over the store's Parquet files."""

    memory_gb: float = Field(
        default=MEMORY_GB, ge=0.1, description="Memory that DuckDB may take; beyond it, it uses the disk."
    )

    def profile(self, window: WindowRows, like: Layout) -> Profile:
        """See `Engine.profile`."""
        from leeway.profiles.database import profile_query

        with ExitStack() as held:
            scratch = held.enter_context(window.scratch())
            raw = held.enter_context(window.store.local(window.raw, scratch))
            scores = held.enter_context(window.store.local(window.predictions, scratch)) if window.predictions else None
            connection = held.enter_context(connected(self.memory_gb, window.threads, scratch))
            _load(connection, window, str(raw), str(scores) if scores else None)
            names = [*window.columns, *([window.score] if scores else [])]
            return profile_query(connection, "leeway_window", like, order_by="leeway_place", columns=names)


def _load(connection: Any, window: WindowRows, raw: str, scores: str | None) -> None:
    """Put the window's columns, and its scores beside them, into a table: it is scanned about once per column."""
    import duckdb
    import sqlalchemy as sa

    features = _rows(raw, counted(window.columns)).subquery("features")
    statement = sa.select(features)
    if scores is not None:
        scored = _rows(scores, [column_of(window.score)]).subquery("scored")
        statement = sa.select(features, scored.c[window.score]).join_from(
            features, scored, features.c.leeway_place == scored.c.leeway_place
        )
    text = statement.compile(compile_kwargs={"literal_binds": True})
    try:
        connection.execute(f"CREATE TEMP TABLE leeway_window AS {text}")
    except duckdb.Error as error:
        raise ProfileError(f"DuckDB refuses: {str(error).splitlines()[0]}", code="PRO403") from None


def _rows(file: str, columns: list[sa.ColumnElement[Any]]) -> sa.Select[Any]:
    """Columns of a Parquet file, and the place of each row in it."""
    import sqlalchemy as sa

    rows = sa.func.read_parquet(sa.literal(file)).table_valued("*", name="leeway_file")
    return sa.select(*columns, sa.column("file_row_number").label("leeway_place")).select_from(rows)


@contextmanager
def connected(memory_gb: float, threads: int, folder: Path) -> Iterator[Any]:
    """An empty DuckDB that takes no more memory than said, and a folder of the disk beyond it. Its clock is UTC."""
    import duckdb

    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{memory_gb:g}GB",
        "threads": threads,
        "temp_directory": str(folder / "duckdb"),
        "TimeZone": "UTC",
        "autoinstall_known_extensions": False,
    }
    with duckdb.connect(":memory:", config=settings) as connection:
        yield connection
