"""Windows as facts name them: limits given as text, and a window with the key that addresses use."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, Self

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


class Limits(NamedTuple):
    """From when to when something is told; None: from the beginning, or to the end."""

    start: datetime | None
    end: datetime | None

    @classmethod
    def of(cls, spec: ModelSpec, since: str | None, until: str | None) -> Self:
        """The windows from the one that contains ``since`` to the one that contains ``until``, both included.

        Raises:
            SpecError: SPEC056 if a limit is neither a date nor a time.
        """
        start = parse_window(spec, since).start if since is not None else None
        end = parse_window(spec, until).end if until is not None else None
        return cls(start, end)

    def hold(self, moment: datetime) -> bool:
        """Whether they hold a window that ends then, and so what was decided and done at its end."""
        return (self.start is None or moment > self.start) and (self.end is None or moment <= self.end)


def judged_in(spec: ModelSpec, end: datetime) -> Window:
    """The window in which the labels of the one that ends at ``end`` are complete: its measurement judges that one."""
    return spec.schedule.window_at(end + spec.max_delay - timedelta(microseconds=1))
