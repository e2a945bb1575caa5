"""Local times to instants, without a guess when the clocks change; and the years in which data can lie."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from leeway.sources.cells import Cells

_FIRST, _LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)


def localize(local: pa.Array, cells: Cells) -> pa.Array:
    """Read local times (timestamp[us], no zone) in the column's declared zone.

    Raises:
        SourceError: SRC137 if no zone is declared, SRC138 if a time is there twice or never on that day.
    """
    zone = cells.column.timezone
    if zone is None:
        cells.refuse(pc.is_valid(local), "SRC137", "has no time zone, and none is declared")
        return pc.cast(local, pa.timestamp("us", "UTC"))
    earliest = pc.assume_timezone(local, zone, ambiguous="earliest", nonexistent="earliest")
    latest = pc.assume_timezone(local, zone, ambiguous="latest", nonexistent="latest")
    unclear = pc.not_equal(earliest, latest)
    never = pc.not_equal(pc.local_timestamp(earliest), local)
    cells.refuse(pc.and_(unclear, never), "SRC138", f"does not exist in {zone}: the clocks skip it")
    cells.refuse(unclear, "SRC138", f"is there twice in {zone}: the clocks are set back")
    return pc.cast(earliest, pa.timestamp("us", "UTC"))


def within_years(instants: pa.Array, cells: Cells) -> pa.Array:
    """Return the instants as they are.

    Raises:
        SourceError: SRC139 outside 1900 to 2200: a wrong unit or a placeholder like 9999-12-31.
    """
    kind = pa.timestamp("us", "UTC")
    outside = pc.or_(pc.less(instants, pa.scalar(_FIRST, kind)), pc.greater(instants, pa.scalar(_LAST, kind)))
    cells.refuse(outside, "SRC139", "is not between 1900 and 2200")
    return instants
