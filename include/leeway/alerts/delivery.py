"""The door to apprise, which speaks to mail servers, web hooks and a hundred services.

Its log is kept away from the task's: it may hold addresses, and at its lower levels whole messages. What it warns of is
said in the error, without what environment variables hold.
"""

from __future__ import annotations

import logging
import os
import re
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from leeway.alerts.base import Severity
from leeway.errors import AlertError, SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leeway.alerts.base import Sink
    from leeway.alerts.message import Message

_TYPES = {Severity.INFO: "info", Severity.WARNING: "warning", Severity.CRITICAL: "failure"}
_CONNECT = 5.0
"""Seconds to wait for a connection."""
_SHORTEST_SECRET = 4
_SEPARATORS = re.compile(r"[/:@?&=#,]+")
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Patience:
    """How often a sink that does not take a message is tried again, and after how many seconds."""

    pauses: tuple[float, ...] = (1.0, 4.0)


PATIENCE = Patience()


def deliver(sink: Sink, message: Message, patience: Patience = PATIENCE) -> None:
    """Send a message; return when the sink has taken it, a mailbox for at least one of its recipients.

    Raises:
        AlertError: ALR101 if it did not take it, ALR102 if its address is not understood, ALR103 if an environment
            variable that it names is not set.
    """
    with _overheard() as said:
        try:
            services = sink.services(message)
        except SpecError as error:
            raise AlertError(error.what, code="ALR103", do=error.do, sink=sink.kind) from None
        taken = [_sent_at_last(service, sink, message, said, patience) for service in services]
    if all(taken):
        return
    why = redacted("; ".join(dict.fromkeys(said)) or "it gave no reason", sink.model_dump(mode="json"))
    if not any(taken):
        raise AlertError(f"did not take the message: {why}", code="ALR101", sink=sink.kind)
    log.warning("%s: %d of %d recipients did not take a message: %s", sink.kind, taken.count(False), len(taken), why)


def email(**arguments: Any) -> Any:
    """Apprise's object that sends plain text by SMTP."""
    from apprise.plugins.email import NotifyEmail

    return _made(NotifyEmail, format="text", **arguments)


def post_json(**arguments: Any) -> Any:
    """Apprise's object that posts JSON; a redirect is not followed, it could carry the message anywhere."""
    from apprise.plugins.custom_json import NotifyJSON

    return _made(NotifyJSON, redirect=False, **arguments)


def any_service(url: str) -> Any:
    """Apprise's object of any of its URLs.

    Raises:
        AlertError: ALR102 if apprise does not understand it.
    """
    from apprise import Apprise

    service = Apprise.instantiate(url)
    if service is None:
        scheme = urlsplit(url).scheme or "nothing"
        raise AlertError(
            f"apprise does not understand this URL of {scheme}://", code="ALR102", sink="apprise",
            do="See https://appriseit.com/services/ for how it is written.",
        )  # fmt: skip
    return service


def parts_of(url: str, timeout: float) -> dict[str, Any]:
    """The arguments of apprise's object for a URL.

    Raises:
        AlertError: ALR102 if it is none of http:// or https://.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise AlertError("this is not a URL of http:// or https://", code="ALR102", do="Look at its variable.")
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return {
        "host": f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname,
        "port": parts.port,
        "secure": parts.scheme == "https",
        "user": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
        "fullpath": path,
        "cto": _CONNECT,
        "rto": timeout,
    }


def redacted(text: str, said: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> str:
    """A text without what the environment variables named in a sink hold, nor any part of it."""
    named = re.findall(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}", str(said))
    values = [environment.get(name, "") for name in named]
    parts = {part for value in values for way in (value, unquote(value)) for part in (way, *_SEPARATORS.split(way))}
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= _SHORTEST_SECRET:
            text = text.replace(part, "***")
    return text


def _made(service: type, **arguments: Any) -> Any:
    from apprise.exception import AppriseImproperlyConfigured

    try:
        return service(**{name: value for name, value in arguments.items() if value is not None})
    except (AppriseImproperlyConfigured, TypeError) as error:
        raise AlertError(f"apprise refuses: {error}", code="ALR102", do="Correct the sink in 'alerts.to'.") from None


def _sent_at_last(service: Any, sink: Sink, message: Message, said: list[str], patience: Patience) -> bool:
    for pause in (*patience.pauses, None):
        if _sent(service, sink, message, said):
            return True
        if pause is not None:
            time.sleep(pause)
    return False


def _sent(service: Any, sink: Sink, message: Message, said: list[str]) -> bool:
    from apprise import NotifyFormat, NotifyType

    kind = "success" if message.is_over else _TYPES[message.severity]
    try:
        return bool(
            service.notify(
                body=sink.body(message),
                title=message.title,
                notify_type=NotifyType(kind),
                body_format=NotifyFormat.TEXT,
            )
        )
    except Exception as error:  # An edge: a hundred services of many authors, which may raise anything.
        said.append(f"{type(error).__name__}: {error}")
        return False


class _Ear(logging.Handler):
    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.WARNING)
        self.said = said

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(" ".join(record.getMessage().split()))


@contextmanager
def _overheard() -> Iterator[list[str]]:
    """What apprise warns of while this goes on, instead of in the log."""
    said: list[str] = []
    logger, ear = logging.getLogger("apprise"), _Ear(said)
    before = logger.level, logger.propagate
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    logger.addHandler(ear)
    try:
        yield said
    finally:
        logger.removeHandler(ear)
        logger.level, logger.propagate = before
