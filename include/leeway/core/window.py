"""A window: the key of everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from leeway.core.values import Instant, Value

if TYPE_CHECKING:
    from datetime import datetime, timedelta


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
        return f"{self.start:%Y%m%dT%H%MZ}-{self.end:%Y%m%dT%H%MZ}"

    def shifted(self, delta: timedelta) -> Self:
        """Move the window by ``delta``."""
        return type(self)(start=self.start + delta, end=self.end + delta)

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    def __lt__(self, other: Window) -> bool:
        return (self.start, self.end) < (other.start, other.end)

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%dT%H:%MZ}..{self.end:%Y-%m-%dT%H:%MZ}"
