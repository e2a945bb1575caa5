"""Building a profile: batches of a table in, one profile out."""

from __future__ import annotations

from collections import Counter as Times
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from leeway.errors import ProfileError
from leeway.profiles import arrow
from leeway.profiles.counting import COUNTERS
from leeway.profiles.layout import ColumnKind, ColumnLayout, Layout, kind_of, layout_of
from leeway.profiles.profile import Profile
from leeway.profiles.rows import MAX_COLUMNS, CodedRows, evenly

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from leeway.profiles.counter import Counter

SAMPLE = 1 << 14
"""Values of the first batch from which a layout is made."""


class Builder:
    """Counts a table batch by batch, in order of time. Each column is given and forgotten before the next one.

    Args:
        names: the columns, in order.
        like: the layout of earlier tables; columns it knows are counted as there.

    Raises:
        ProfileError: PRO101 if two columns have one name.
    """

    def __init__(self, names: Sequence[str], like: Layout | None = None) -> None:
        if twice := sorted(name for name, times in Times(names).items() if times > 1):
            raise ProfileError(f"two columns are called {', '.join(twice)}", code="PRO101", do="Rename one of them.")
        self._names = tuple(names)
        self._like = like
        self._counters: dict[str, Counter] = {}
        self._rows: list[CodedRows] = []

    def add(self, columns: Iterable[tuple[str, Any]], rows: int) -> None:
        """Count a batch.

        Args:
            columns: name and pyarrow array or chunked array of every column, in order.
            rows: length of each.

        Raises:
            ProfileError: PRO112 if a column holds other values than in the batches before.
        """
        chosen = evenly(rows)
        codes: dict[str, Any] = {}
        for name, given in columns:
            values = arrow.plain(given)
            counter = self._counter(name, values)
            counter.add(values)
            if counter.CODED and len(codes) < MAX_COLUMNS:
                codes[name] = counter.codes(arrow.taken(values, chosen) if len(chosen) < rows else values)
        if rows:
            matrix = np.stack(list(codes.values()), axis=1) if codes else np.empty((len(chosen), 0), np.int8)
            self._rows.append(CodedRows.of(list(codes), matrix, stands_for=rows / len(chosen)))
            if len(self._rows) >= 16:
                self._rows = [CodedRows.merged(self._rows)]

    def profile(self) -> Profile:
        """What was counted; a table without any batch has its columns all the same."""
        columns = {name: (self._counters.get(name) or self._unseen(name)).profile() for name in self._names}
        return Profile.of(columns, CodedRows.merged(self._rows))

    def _counter(self, name: str, values: Any) -> Counter:
        known = self._counters.get(name)
        if known is not None and known.layout.kind is not ColumnKind.EMPTY:
            _check_kind(name, known.layout.kind, values)
            return known
        step = max(1, len(values) // SAMPLE)
        sample = arrow.taken(values, np.arange(0, len(values), step)) if step > 1 else values
        layout = layout_of({name: sample}, self._like).columns[name]
        counter = COUNTERS[layout.kind](layout)
        if known is not None:  # nothing but nulls until now
            counter.rows, counter.nulls = known.rows, known.nulls
            counter.value_weight, counter.null_weight = known.value_weight, known.null_weight
        self._counters[name] = counter
        return counter

    def _unseen(self, name: str) -> Counter:
        layout = (self._like.get(name) if self._like else None) or ColumnLayout(kind=ColumnKind.EMPTY)
        return COUNTERS[layout.kind](layout)


def profile_table(table: Any, like: Layout | None = None) -> Profile:
    """Profile a pyarrow table whose rows are in order of time.

    Raises:
        ProfileError: PRO101 if two columns have one name.
    """
    builder = Builder(table.column_names, like)
    builder.add(zip(table.column_names, table.columns, strict=True), table.num_rows)
    return builder.profile()


def profile_frame(frame: Any, like: Layout | None = None) -> Profile:
    """Profile a pandas frame whose rows are in order of time; NaN and None are missing.

    Raises:
        ProfileError: PRO100 if a column mixes types or cannot be counted, PRO101 if two columns have one name.
    """
    names = [str(name) for name in frame.columns]
    builder = Builder(names, like)
    builder.add(((name, _arrow(name, frame.iloc[:, at])) for at, name in enumerate(names)), len(frame))
    return builder.profile()


def _check_kind(name: str, known: ColumnKind, values: Any) -> None:
    kind = kind_of(values.type)
    same = kind is known or (known, kind) == (ColumnKind.TEXT, ColumnKind.CATEGORY)
    if not same and values.null_count < len(values):
        raise ProfileError(
            f"the values were a {known.value} in the first rows and are a {kind.value} later",
            code="PRO112",
            column=name,
            do="Give the column one type in the whole table.",
        )


def _arrow(name: str, column: Any) -> Any:
    try:
        return pa.Array.from_pandas(column)
    except (pa.ArrowException, OverflowError, UnicodeEncodeError) as error:
        raise ProfileError(
            f"the values of a column are not of one type that can be counted: {str(error).splitlines()[0]}",
            code="PRO100",
            column=name,
            do="Turn them into numbers, booleans or text in the function that makes the features.",
        ) from error
