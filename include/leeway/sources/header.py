"""The header of the input against the declared columns: exact names, any order, nothing twice, nothing unknown."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leeway.errors import nearest
from leeway.sources.codes import Place, show

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, kw_only=True)
class Header:
    """What a header must look like.

    Args:
        wanted: columns that are read, so must be there.
        declared: all columns that may be there.
        extra: whether others may be there too.
    """

    wanted: tuple[str, ...]
    declared: tuple[str, ...]
    extra: bool

    def check(self, names: Sequence[str], place: Place, *, row: int | None = None) -> None:
        """Compare.

        Raises:
            SourceError: SRC120 to SRC123.
        """
        present = set(names)
        if len(present) < len(names):
            twice = next(name for name, count in Counter(names).items() if count > 1)
            raise place.error("SRC122", f"column {show(twice)} is there {names.count(twice)} times", row=row)
        if not all(names):
            raise place.error("SRC123", f"column {list(names).index('') + 1} has no name", row=row)
        missing = [name for name in self.wanted if name not in present]
        unknown = [name for name in names if name not in self.declared]
        if missing:
            # One of the undeclared columns may be the missing one in another spelling.
            found = f" (undeclared columns found: {', '.join(map(show, unknown[:5]))})" if unknown else ""
            raise place.error("SRC120", f"missing: {', '.join(missing)}{found}", column=missing[0], row=row)
        if unknown and not self.extra:
            listed = ", ".join(show(name) for name in unknown[:5]) + (" ..." if len(unknown) > 5 else "")
            near = nearest(unknown[0], self.declared) if len(unknown) == 1 else ""
            what = f"{len(unknown)} not declared: {listed}" + (f"; is it {near!r}?" if near else "")
            raise place.error("SRC121", what, column=show(unknown[0]), row=row)
