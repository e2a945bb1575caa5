"""What every value is made of: frozen and spelled canonically; instants, lengths of time, undefined numbers."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from leeway.canonical import canonical_json, digest
from leeway.errors import nearest

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}\Z")
"""What a model, column or table may be called: safe in SQL, in paths and in URLs."""


class Value(BaseModel):
    """A frozen value with a canonical spelling; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=True)

    def to_json(self) -> str:
        """Spell this value canonically."""
        return canonical_json(self)

    @property
    def digest(self) -> str:
        """The sha256 of the canonical spelling."""
        return digest(self)


def to_utc(moment: datetime) -> datetime:
    """Express an aware time in UTC.

    Raises:
        ValueError: if the time has no time zone: a time without one names no instant.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return moment.astimezone(UTC)


Instant = Annotated[datetime, AfterValidator(to_utc)]
"""An aware time, kept in UTC."""


_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def duration(text: str) -> timedelta:
    """Read '90m', '36h', '2d' or '6w'.

    Raises:
        ValueError: if it is none of these.
    """
    match = re.fullmatch(r"([0-9]{1,5})([mhdw])", text)
    if not match:
        raise ValueError(f"{text!r} is not a duration: write 90m, 36h, 2d or 6w")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _duration(text: str) -> str:
    duration(text)
    return text


Duration = Annotated[str, AfterValidator(_duration)]
"""A length of time as text, kept as it was written."""


def time_zone(name: str) -> ZoneInfo:
    """Find a time zone by its IANA name, like Europe/Berlin.

    Raises:
        ValueError: if there is none of this name, or its meaning differs from machine to machine.
    """
    try:
        # 'right/' counts leap seconds; the others are copies, or whatever this machine is set to.
        if name.startswith(("right/", "posix/")) or name in ("localtime", "posixrules", "Factory"):
            raise ValueError(name)
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        close = nearest(name, available_timezones())
        hint = f"did you mean {close!r}?" if close else "give an IANA name like Europe/Berlin"
        raise ValueError(f"unknown time zone {name!r}; {hint}") from None


def _number(value: Any) -> Any:
    return float("nan") if value is None else value


Number = Annotated[float, BeforeValidator(_number)]
"""A float that may be undefined: its canonical spelling then is null, and null is read back as not-a-number."""
