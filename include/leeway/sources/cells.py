"""The values of one column while they are converted: they know how to refuse one of themselves."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from leeway.schema import Column, ColumnType
from leeway.sources.codes import Place, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leeway.errors import SourceError

ARROW = {
    ColumnType.INT: pa.int64(),
    ColumnType.FLOAT: pa.float64(),
    ColumnType.STRING: pa.string(),
    ColumnType.BOOLEAN: pa.bool_(),
    ColumnType.TIMESTAMP: pa.timestamp("us", "UTC"),
}
"""What each declared type is in Arrow."""


@dataclass(frozen=True, kw_only=True)
class Cells:
    """Some values of a column.

    Args:
        place: where they are read.
        name: the column's name.
        column: its declaration.
        values: what stands in the input: an Arrow array, or Python objects.
        rows: the number of each value's row (int64, from 1), for messages.
    """

    place: Place
    name: str
    column: Column
    values: pa.Array | Sequence[object]
    rows: pa.Array

    def error(self, code: str, say: str, *, position: int) -> SourceError:
        """Refuse the value at a position: ``say`` follows the value in the message."""
        value = self.values[position]
        if isinstance(value, pa.Scalar):
            value = value.as_py()
            with suppress(UnicodeDecodeError):
                value = value.decode() if isinstance(value, bytes) else value
        return self.place.error(code, f"{show(value)} {say}", column=self.name, row=self.rows[position].as_py())

    def refuse(self, bad: pa.Array, code: str, say: str) -> None:
        """Refuse the first value that the mask marks, if any.

        Raises:
            SourceError: with the code, value, column and row.
        """
        position = pc.index(bad, True).as_py()
        if position >= 0:
            raise self.error(code, say, position=position)
