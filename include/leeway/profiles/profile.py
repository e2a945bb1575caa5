"""The mergeable profile of a table: what drift checks need to know of its rows, without the rows.

Merging is addition, so it does not matter in which order or grouping profiles are merged, to the last bit: counts are
integers and sums are exact fractions. A window is profiled once; any reference is put together from stored profiles.
"""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, Self, TypeVar

from pydantic import Field, ValidationError

from leeway.core import Value
from leeway.errors import ProfileError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    import pandas as pd

Key = TypeVar("Key", int, str)

MAX_LEVELS = 1000
"""Levels that one table may name per column; the rarer ones are counted together as ``other``."""


class ColumnKind(StrEnum):
    """How a column is compared."""

    NUMBER = "number"
    CATEGORY = "category"
    EMPTY = "empty"
    """No value at all was seen, so the kind is not known; merges with either."""


class ColumnProfile(Value):
    """What one column looked like: ``rows = nulls + infinite + counted``, and figures of the counted ones.

    ``levels`` of one table names its `MAX_LEVELS` most frequent levels (ties: by name); the remainder is in ``other``.
    Merging adds both. So after merging, a level's count may be too low, by at most what the tables that did not name it
    have in ``other``, and never too high.

    ``inflation`` and ``null_inflation`` say how much less the rows tell than independent ones would, because neighbours
    resemble one another: the variance of a mean is that many times larger (see `leeway.profiles.statistics.inflation`).
    Merged, they are averages weighted by rows.
    """

    kind: ColumnKind
    rows: int = Field(ge=0)
    nulls: int = Field(ge=0)
    infinite: int = Field(default=0, ge=0, description="Infinities, and numbers beyond 1e150 whose square overflows.")
    minimum: float | None = None
    maximum: float | None = None
    total: Fraction = Fraction(0)
    squares: Fraction = Field(default=Fraction(0), description="Sum of the squares.")
    histogram: dict[int, int] = Field(default_factory=dict, description="Numbers: see leeway.profiles.histogram.")
    levels: dict[str, int] = Field(default_factory=dict, description="Categories: level -> count.")
    other: int = Field(default=0, ge=0, description="Categories: rows whose level is not named.")
    value_weight: Fraction = Field(default=Fraction(0), description="Inflation of the values times rows, summed.")
    null_weight: Fraction = Field(default=Fraction(0), description="Inflation of missingness times rows, summed.")

    @property
    def counted(self) -> int:
        """Rows with a value that can be compared."""
        return self.rows - self.nulls - self.infinite

    @property
    def mean(self) -> float | None:
        """Mean of the numbers."""
        return float(self.total / self.counted) if self.kind is ColumnKind.NUMBER and self.counted else None

    @property
    def null_share(self) -> float:
        """Share of rows without a value."""
        return self.nulls / self.rows if self.rows else 0.0

    @property
    def inflation(self) -> float:
        """Variance inflation of the values, at least 1."""
        return max(1.0, float(self.value_weight / self.rows)) if self.rows else 1.0

    @property
    def null_inflation(self) -> float:
        """Variance inflation of missingness, at least 1."""
        return max(1.0, float(self.null_weight / self.rows)) if self.rows else 1.0

    def merged(self, other: ColumnProfile) -> ColumnProfile:
        """Add another table's column of the same kind."""
        return ColumnProfile(
            kind=other.kind if self.kind is ColumnKind.EMPTY else self.kind,
            rows=self.rows + other.rows,
            nulls=self.nulls + other.nulls,
            infinite=self.infinite + other.infinite,
            minimum=min(_known(self.minimum, other.minimum), default=None),
            maximum=max(_known(self.maximum, other.maximum), default=None),
            total=self.total + other.total,
            squares=self.squares + other.squares,
            histogram=_added(self.histogram, other.histogram),
            levels=_added(self.levels, other.levels),
            other=self.other + other.other,
            value_weight=self.value_weight + other.value_weight,
            null_weight=self.null_weight + other.null_weight,
        )


class Profile(Value):
    """What a table looked like, column by column."""

    version: Literal[1] = 1
    columns: dict[str, ColumnProfile] = Field(default_factory=dict)

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Self:
        """Profile a table whose rows are in order of time.

        Args:
            frame: columns of type float64, int64, bool (numbers), or text (categories). Missing values are NaN or None.

        Raises:
            ProfileError: PRO100 if a column has another type, PRO101 if two columns have one name.
        """
        from leeway.profiles.columns import profile_column

        if not frame.columns.is_unique:
            twice = sorted({str(name) for name in frame.columns[frame.columns.duplicated()]})
            raise ProfileError(f"two columns are called {', '.join(twice)}", code="PRO101", do="Rename one of them.")
        return cls(columns={str(name): profile_column(frame[name]) for name in frame.columns})

    @classmethod
    def merge_all(cls, profiles: Iterable[Profile]) -> Profile:
        """Add profiles of the same columns; none give the empty profile.

        Raises:
            ProfileError: as `merge`.
        """
        merged: Profile | None = None
        for profile in profiles:
            merged = profile if merged is None else merged.merge(profile)
        return cls() if merged is None else merged

    @property
    def rows(self) -> int:
        """Number of rows; where columns were put together from several tables, of the longest one."""
        return max((column.rows for column in self.columns.values()), default=0)

    def merge(self, other: Profile) -> Profile:
        """Add the profile of further rows of the same columns.

        Raises:
            ProfileError: PRO110 if the columns or their kinds differ.
        """
        self._check_mergeable(other)
        return Profile(columns={name: column.merged(other.columns[name]) for name, column in self.columns.items()})

    def beside(self, other: Profile) -> Profile:
        """Put columns of another table beside these, for example scores beside features; their rows may differ.

        Raises:
            ProfileError: PRO101 if both have a column of the same name.
        """
        if twice := sorted(set(self.columns) & set(other.columns)):
            raise ProfileError(f"both tables have {', '.join(twice)}", code="PRO101", do="Rename one of them.")
        return Profile(columns={**self.columns, **other.columns})

    def only(self, names: Collection[str]) -> Profile:
        """Keep these columns; a name that is not there is no error."""
        return Profile(columns={name: column for name, column in self.columns.items() if name in names})

    def without(self, names: Collection[str]) -> Profile:
        """Leave these columns out; a name that is not there is no error."""
        return Profile(columns={name: column for name, column in self.columns.items() if name not in names})

    def to_bytes(self) -> bytes:
        """Spell the profile canonically: equal profiles have equal bytes."""
        return self.to_json().encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote.

        Raises:
            ProfileError: PRO200 if it is not a profile of this version.
        """
        try:
            return cls.model_validate_json(data)
        except ValidationError as error:
            raise ProfileError(
                f"these bytes are not a profile of version 1 ({error.error_count()} problems)",
                code="PRO200",
                do="Measure the window again with this version of leeway.",
            ) from error

    def _check_mergeable(self, other: Profile) -> None:
        if different := sorted(set(self.columns) ^ set(other.columns)):
            raise ProfileError(
                f"profiles of different columns cannot be merged; only one of the two has {', '.join(different)}",
                code="PRO110",
                do="Measure the older windows again: their features were made by other code.",
            )
        for name, column in self.columns.items():
            kinds = {column.kind, other.columns[name].kind} - {ColumnKind.EMPTY}
            if len(kinds) > 1:
                raise ProfileError(
                    f"a column cannot be merged that is a {' in one profile and a '.join(sorted(kinds))} in the other",
                    code="PRO110",
                    column=name,
                    do="Give it one type in every window.",
                )


def _known(*values: float | None) -> list[float]:
    return [value for value in values if value is not None]


def _added(one: Mapping[Key, int], two: Mapping[Key, int]) -> dict[Key, int]:
    return dict(Counter(one) + Counter(two))
