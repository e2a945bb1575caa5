"""The mergeable profile of a table: what drift checks need to know of its rows, without the rows.

Merging is addition, so it does not matter in which order or grouping profiles are merged, to the last bit: counts are
whole numbers and sums are exact fractions. A window is profiled once; any reference is put together from stored
profiles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leeway.errors import ProfileError
from leeway.profiles.column import ColumnProfile, merge_columns
from leeway.profiles.layout import Layout
from leeway.profiles.rows import CodedRows, common_order

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


@dataclass(frozen=True, eq=False)
class Profile:
    """What a table looked like, column by column, and a few of its rows in code.

    Two profiles are equal if their bytes are: see `leeway.profiles.storage`.
    """

    columns: dict[str, ColumnProfile]
    coded: CodedRows

    @classmethod
    def empty(cls) -> Profile:
        """Of no table."""
        return cls({}, CodedRows.none([]))

    @classmethod
    def merge_all(cls, profiles: Iterable[Profile]) -> Profile:
        """Add profiles of the same columns; none give the empty profile.

        Raises:
            ProfileError: PRO110 if the columns, their kinds or their centres differ.
        """
        given = list(profiles)
        if len(given) < 2:
            return given[0] if given else cls.empty()
        for profile in given[1:]:
            _check_same(given[0].columns.keys(), profile.columns.keys())
        names = common_order([list(profile.columns) for profile in given])
        columns = {name: merge_columns(name, [profile.columns[name] for profile in given]) for name in names}
        return cls(columns, CodedRows.merged(profile.coded for profile in given))

    @property
    def layout(self) -> Layout:
        """How its columns are counted: profiles made like it can be merged with it."""
        return Layout(columns={name: column.layout for name, column in self.columns.items()})

    @property
    def rows(self) -> int:
        """Number of rows; where columns were put together from several tables, of the longest one."""
        return max((column.rows for column in self.columns.values()), default=0)

    def beside(self, other: Profile) -> Profile:
        """Put columns of another table beside these, for example scores beside features; their rows may differ.

        Raises:
            ProfileError: PRO101 if both have a column of the same name.
        """
        if twice := sorted(set(self.columns) & set(other.columns)):
            raise ProfileError(f"both tables have {', '.join(twice)}", code="PRO101", do="Rename one of them.")
        return Profile({**self.columns, **other.columns}, self.coded)

    def only(self, names: Collection[str]) -> Profile:
        """Keep these columns; a name that is not there is no error."""
        return Profile({name: column for name, column in self.columns.items() if name in names}, self.coded.only(names))

    def without(self, names: Collection[str]) -> Profile:
        """Leave these columns out; a name that is not there is no error."""
        return self.only(self.columns.keys() - set(names))


def _check_same(one: Collection[str], two: Collection[str]) -> None:
    if different := sorted(set(one) ^ set(two)):
        raise ProfileError(
            f"profiles of different columns cannot be merged; only one of the two has {', '.join(different)}",
            code="PRO110",
            do="Measure the older windows again: their features were made by other code.",
        )
