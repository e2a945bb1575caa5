"""The mergeable profile of a table: what drift checks need to know of its rows, without the rows.

Merging is addition, so it does not matter in which order or grouping profiles are merged, to the last bit: counts are
whole numbers and sums are exact fractions. A window is profiled once; any reference is put together from stored
profiles.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from leeway.errors import ProfileError
from leeway.profiles.columns import Columns
from leeway.profiles.layout import Layout
from leeway.profiles.rows import CodedRows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from leeway.profiles.column import ColumnProfile


@dataclass(frozen=True, eq=False)
class Profile:
    """What a table looked like, column by column, and a few of its rows in code.

    Two profiles are equal if their bytes are: see `leeway.profiles.storage`.
    """

    fields: Columns
    coded: CodedRows

    @classmethod
    def of(cls, columns: Mapping[str, ColumnProfile], coded: CodedRows) -> Profile:
        """Put the profiles of columns together."""
        return cls(Columns.of(columns), coded)

    @classmethod
    def empty(cls) -> Profile:
        """Of no table."""
        return cls.of({}, CodedRows.none([]))

    @classmethod
    def merge_all(cls, profiles: Iterable[Profile]) -> Profile:
        """Add profiles of the same columns; none give the empty profile.

        Raises:
            ProfileError: PRO110 if the columns, their kinds or their centres differ.
        """
        given = list(profiles)
        if len(given) < 2:
            return given[0] if given else cls.empty()
        fields = Columns.merged([profile.fields for profile in given])
        return cls(fields, CodedRows.merged(profile.coded for profile in given))

    @cached_property
    def columns(self) -> dict[str, ColumnProfile]:
        """The profile of each column, in order."""
        return self.fields.profiles()

    @property
    def layout(self) -> Layout:
        """How its columns are counted: profiles made like it can be merged with it."""
        return Layout(columns=dict(zip(self.fields.names, self.fields.layouts, strict=True)))

    @property
    def rows(self) -> int:
        """Number of rows; where columns were put together from several tables, of the longest one."""
        return max(self.fields.rows, default=0)

    def beside(self, other: Profile) -> Profile:
        """Put columns of another table beside these, for example scores beside features; their rows may differ.

        Raises:
            ProfileError: PRO101 if both have a column of the same name.
        """
        if twice := sorted(set(self.fields.names) & set(other.fields.names)):
            raise ProfileError(f"both tables have {', '.join(twice)}", code="PRO101", do="Rename one of them.")
        return Profile.of({**self.columns, **other.columns}, self.coded)

    def only(self, names: Collection[str]) -> Profile:
        """Keep these columns; a name that is not there is no error."""
        kept = [name for name in self.fields.names if name in names]
        return Profile(self.fields.arranged(kept), self.coded.only(names))

    def without(self, names: Collection[str]) -> Profile:
        """Leave these columns out; a name that is not there is no error."""
        return self.only(set(self.fields.names) - set(names))
