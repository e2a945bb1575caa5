"""A message about a model: one text of all that is to be told now."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from leeway.alerts.base import Event, Phase, Severity, Topic
from leeway.core import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOWN: Final = 12
"""Events that one message tells in full; of further ones it says how many."""
LONGEST: Final = 600
"""Characters of a sentence. Names of columns and words of a database may be of any length."""


@dataclass(frozen=True)
class Message:
    """What one sink is sent.

    Args:
        model: the model's name.
        events: what is told, oldest first; at least one.
        page: URL of Airflow's page, without a slash at its end; None: no link.
        last_of_day: whether the day's budget is used up with it.
    """

    model: str
    events: tuple[Event, ...]
    page: str | None = None
    last_of_day: bool = False

    @property
    def severity(self) -> Severity:
        """That of the worst event; what is over is no more than information."""
        return max((_weight(event) for event in self.events), key=lambda severity: severity.rank)

    @property
    def is_over(self) -> bool:
        """Whether it only tells that trouble has ended."""
        return all(event.phase is Phase.ENDED for event in self.events)

    @cached_property
    def title(self) -> str:
        """One line: how bad, which model, what."""
        worst = max(self.events, key=lambda event: _weight(event).rank)
        more = f", and {len(self.events) - 1} more" if len(self.events) > 1 else ""
        return _line(f"[{self.severity}] {self.model}: {worst.title}{more}", 150)

    @cached_property
    def text(self) -> str:
        """Everything, in plain text."""
        return "\n\n".join(self._paragraphs())

    def _paragraphs(self) -> Iterator[str]:
        for event in self.events[:SHOWN]:
            yield "\n".join(_lines(event))
        if len(self.events) > SHOWN:
            yield f"And {len(self.events) - SHOWN} more; see the page."
        if self.last_of_day:
            yield "This was the last message of today: what follows is kept for tomorrow, unless it is critical."
        if self.link is not None:
            yield self.link

    @cached_property
    def link(self) -> str | None:
        """Where to see more: the model's page, at the newest window of which something was decided."""
        if self.page is None or not NAME.match(self.model):
            return None
        decided = (event for event in self.events if event.topic is not Topic.MONITORING)
        windows = [event.window for event in decided if event.window is not None]
        at = f"?window={quote(max(windows).key)}" if windows else ""
        return f"{self.page}/plugin/models/{self.model}{at}"

    @cached_property
    def facts(self) -> dict[str, Any]:
        """The same for a machine, beside the title."""
        return {
            "model": self.model,
            "severity": self.severity.value,
            "is_over": self.is_over,
            "text": self.text,
            "link": self.link,
            "events": [event.model_dump(mode="json", exclude={"model"}) for event in self.events],
        }


def _weight(event: Event) -> Severity:
    return Severity.INFO if event.phase is Phase.ENDED else event.severity


def _lines(event: Event) -> Iterator[str]:
    when = f"{event.window}" if event.window is not None else f"{event.at:%Y-%m-%d %H:%MZ}"
    yield f"{_line(event.title, LONGEST)[:1].upper()}{_line(event.title, LONGEST)[1:]} ({when})"
    if event.sentence:
        yield _line(event.sentence, LONGEST)
    yield from (f"- {_line(detail, LONGEST)}" for detail in event.details)


def _line(text: str, longest: int) -> str:
    """One line without control characters, which a column's name may hold."""
    plain = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return plain if len(plain) <= longest else f"{plain[: longest - 1]}…"
