"""Paths and URLs with the window's times in them: ``{start:%Y-%m-%d}``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from leeway.errors import did_you_mean

if TYPE_CHECKING:
    from datetime import datetime

    from leeway.core import Window

_FIELD = re.compile(r"(?<!\$)\{([^{}:]*)(?::([^{}]*))?\}")
_DIRECTIVES = re.compile(r"%(.)")
_KNOWN = frozenset("aAbBdHIjmMpSUuVGwWyYzZfFT%s")


def check_template(text: str) -> str:
    """Return the text if its fields can be filled.

    Raises:
        ValueError: for an unknown field or a time format that does not exist.
    """
    for field, spelling in _FIELD.findall(text):
        if field not in ("start", "end"):
            raise ValueError(f"unknown field {{{field}}}; {did_you_mean(field, ('start', 'end'))}")
        if not spelling or not set(_DIRECTIVES.findall(spelling)) <= _KNOWN:
            raise ValueError(f"field {{{field}}} needs a time format, like {{{field}:%Y-%m-%d}}")
    if set(_FIELD.sub("", re.sub(r"\$\{\w+\}", "", text))) & {"{", "}"}:
        raise ValueError("a brace is not closed, or not opened: write {start:%Y-%m-%d} or ${VARIABLE}")
    return text


def is_template(text: str) -> bool:
    """Whether the text differs from window to window."""
    return _FIELD.search(text) is not None


def render(text: str, window: Window, timezone: str) -> str:
    """Fill in the window's times, in a time zone. Environment variables stay as they are."""
    zone = ZoneInfo(timezone)

    def fill(match: re.Match[str]) -> str:
        moment: datetime = getattr(window, match[1]).astimezone(zone)
        return moment.strftime(match[2])

    return _FIELD.sub(fill, text)
