"""What every source promises."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from leeway.errors import ProfileError
from leeway.kinds import Kind

if TYPE_CHECKING:
    import pyarrow as pa

    from leeway.core import Window
    from leeway.profiles.database.base import Queried
    from leeway.schema import TableSchema


@dataclass(frozen=True, kw_only=True)
class ReadRequest:
    """What to read: the columns ``columns`` of the rows whose ``time_column`` lies in ``interval``.

    Args:
        model: name of the model, for messages.
        interval: half-open, UTC.
        windows: the schedule's windows that overlap the interval (a source with one file per window reads these).
        schema: everything declared; the input's header is checked against it.
        columns: the columns to return, in this order.
        time_column: the timestamp column that is compared with the interval.
        base: folder that relative paths start from.
    """

    model: str
    interval: Window
    windows: tuple[Window, ...]
    schema: TableSchema
    columns: tuple[str, ...]
    time_column: str
    base: Path = Path()


@dataclass(frozen=True)
class Batch:
    """What was read. ``table`` has exactly the requested columns in their declared types, sorted by time and key."""

    table: pa.Table
    fingerprint: str
    """Digest of what the source says it read: names and hashes of files, the query, the ETag."""


class Source(Kind):
    """A place that rows are read from.

    ``read`` either returns everything that belongs to the interval or raises; reading twice gives equal tables as
    long as the data stands. It drops forbidden and ignored columns before it looks at their values.
    """

    FAMILY: ClassVar[str] = "source"
    KINDS: ClassVar[dict[str, str]] = {
        "files": "leeway.sources.files:Files",
        "sql": "leeway.sources.sql:Sql",
        "http": "leeway.sources.http:Http",
    }
    IN_DATABASE: ClassVar[bool] = False
    """Whether `ask` gives a statement."""

    @abstractmethod
    def read(self, request: ReadRequest) -> Batch:
        """Read an interval.

        Raises:
            SourceError: with a code SRC1xx if the input is malformed, SRC2xx if it could not be fetched.
        """

    def ask(self, request: ReadRequest) -> Queried:  # noqa: ARG002 - for sources that can
        """What asks the source's database for exactly the rows of a request, for whoever wants to count them there.

        Raises:
            ProfileError: PRO405 if there is no database, or if it cannot tell which rows they are.
            SourceError: SRC201 if it cannot be reached.
        """
        raise ProfileError(f"a source of kind {self.kind} is no database", code="PRO405", do="Use another engine.")
