"""Windows as facts name them: limits given as text, and a window with the key that addresses use."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from leeway.core import Instant, Value
from leeway.spec import parse_window

if TYPE_CHECKING:
    from leeway.core import Window
    from leeway.spec import ModelSpec


class Span(Value):
    """A window, with the key by which addresses name it."""

    key: str
    start: Instant
    end: Instant

    @classmethod
    def of(cls, window: Window) -> Self:
        """The window as facts name it."""
        return cls(key=window.key, start=window.start, end=window.end)

    @classmethod
    def of_any(cls, window: Window | None) -> Self | None:
        """The same for a window that there may not be."""
        return cls.of(window) if window is not None else None


def limits(spec: ModelSpec, since: str | None, until: str | None) -> tuple[datetime | None, datetime | None]:
    """Start of the window that contains ``since`` and end of the one that contains ``until``: both are meant too.

    Raises:
        SpecError: SPEC056 if a limit is neither a date nor a time.
    """
    start = parse_window(spec, since).start if since is not None else None
    end = parse_window(spec, until).end if until is not None else None
    return start, end


def judged_in(spec: ModelSpec, end: datetime) -> Window:
    """The window in which the labels of the one that ends at ``end`` are complete: its measurement judges that one."""
    return spec.schedule.window_at(end + spec.max_delay - timedelta(microseconds=1))
