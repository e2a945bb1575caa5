"""A window: the key of everything."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Self

from leeway.core.values import Instant, Value

if TYPE_CHECKING:
    from datetime import timedelta

_SIDE: Final = "%Y%m%dT%H%MZ"
"""How a key spells one end of a window."""


class Window(Value):
    """A half-open interval of time ``[start, end)`` in UTC; the key of everything."""

    start: Instant
    end: Instant

    def model_post_init(self, _context: Any) -> None:
        """Refuse an empty or reversed interval."""
        if self.end <= self.start:
            raise ValueError(f"a window ends after it starts, not {self.start} .. {self.end}")

    @property
    def key(self) -> str:
        """A short text that sorts by time and is safe in paths: ``20130107T0500Z-20130114T0500Z``."""
        return f"{self.start:{_SIDE}}-{self.end:{_SIDE}}"

    @classmethod
    def of_key(cls, key: str) -> Self:
        """The window that a key names.

        Raises:
            ValueError: if it is no key of a window.
        """
        start, end = (datetime.strptime(side, _SIDE).replace(tzinfo=UTC) for side in key.split("-"))
        found = cls(start=start, end=end)
        if found.key != key:  # a day or an hour of one digit is read too
            raise ValueError(f"{key!r} is not spelled like {found.key}")
        return found

    def shifted(self, delta: timedelta) -> Self:
        """Move the window by ``delta``."""
        return type(self)(start=self.start + delta, end=self.end + delta)

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    def __lt__(self, other: Window) -> bool:
        return (self.start, self.end) < (other.start, other.end)

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%dT%H:%MZ}..{self.end:%Y-%m-%dT%H:%MZ}"
