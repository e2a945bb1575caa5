"""Where messages go: a mailbox, a Slack channel, a web hook, or any of the services that apprise knows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from leeway.alerts import delivery
from leeway.alerts.base import Sink
from leeway.settings import expand

if TYPE_CHECKING:
    from typing import Self

    from leeway.alerts.message import Message

_VARIABLE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")
_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")


def _by_environment(value: str, what: str) -> str:
    """Refuse a secret that stands in a model file, where everybody can read it."""
    if not _VARIABLE.search(value):
        raise ValueError(f"{what} is a secret: write the name of an environment variable that holds it, like ${{NAME}}")
    return value


class Email(Sink):
    """Mail through an SMTP server."""

    host: str = Field(description="SMTP server; may hold ${VARIABLES}.")
    port: int | None = Field(
        default=None, ge=1, le=65535, description="Default: 587 with starttls, 465 with tls, or 25."
    )
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the connection is encrypted: starttls, tls from the first byte, or none."
    )
    user: str | None = Field(default=None, description="Name to log in with; may hold ${VARIABLES}.")
    password: str | None = Field(default=None, description="${VARIABLE} that holds the password.")
    sender: str = Field(description="Address that the mail comes from.")
    recipients: tuple[str, ...] = Field(min_length=1, description="Addresses that it goes to.")

    MODES: ClassVar[dict[str, str]] = {"starttls": "starttls", "tls": "ssl", "none": "insecure"}

    @field_validator("password")
    @classmethod
    def _password(cls, value: str | None) -> str | None:
        return None if value is None else _by_environment(value, "a password")

    @field_validator("sender", "recipients")
    @classmethod
    def _addresses(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for address in (value,) if isinstance(value, str) else value:
            if not _ADDRESS.fullmatch(address):
                raise ValueError(f"{address!r} is not a mail address, like ann@example.com")
        return value

    @model_validator(mode="after")
    def _logs_in_or_not(self) -> Self:
        if (self.user is None) != (self.password is None):
            raise ValueError("'user' and 'password' are given together, or neither")
        if self.password is not None and self.security == "none":
            raise ValueError("a password is not sent without encryption: write security: starttls or tls")
        return self

    def services(self, message: Message) -> list[Any]:  # noqa: ARG002 - every message goes to the same place
        """A mail to each recipient: one that is refused keeps no other from it."""
        host = expand(self.host)
        server = {
            "host": host,
            "smtp_host": host,
            "port": self.port,
            "secure": self.security != "none",
            "secure_mode": self.MODES[self.security],
            "user": expand(self.user) if self.user is not None else None,
            "password": expand(self.password) if self.password is not None else None,
            "from_addr": self.sender,
        }
        return [delivery.email(**server, targets=[recipient]) for recipient in self.recipients]


class _Hook(Sink):
    """What is posted to a URL."""

    url: str
    timeout: float = Field(default=10, gt=0, le=60, description="Seconds to wait for an answer.")

    def _parts(self, headers: dict[str, str]) -> dict[str, Any]:
        """Apprise's arguments of the request."""
        return delivery.parts_of(expand(self.url), self.timeout) | {"headers": headers}


class Slack(_Hook):
    """An incoming web hook of Slack, or of what takes the same: Mattermost, Rocket.Chat, Discord's ``/slack``."""

    url: str = Field(description="${VARIABLE} that holds the web hook's URL.")

    @field_validator("url")
    @classmethod
    def _url(cls, value: str) -> str:
        return _by_environment(value, "the URL of a web hook")

    def services(self, message: Message) -> list[Any]:  # noqa: ARG002
        """Post ``{"text": ...}`` and nothing else: other keys are refused."""
        others = dict.fromkeys(("version", "title", "attachments", "type"), "")
        return [delivery.post_json(payload={**others, "message": "text"}, **self._parts({}))]

    def body(self, message: Message) -> str:
        """The text with Slack's escapes, so that no name in the data calls anybody, as ``<!channel>`` would.

        See https://docs.slack.dev/messaging/formatting-message-text.
        """
        text = f"*{message.title}*\n{message.text}"
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class Webhook(_Hook):
    """A URL that takes JSON: ``model``, ``severity``, ``is_over``, ``title``, ``text``, ``link`` and ``events``."""

    url: str = Field(description="http:// or https://; may hold ${VARIABLES}.")
    headers: dict[str, str] = Field(
        default_factory=dict, description="Further headers, like {Authorization: 'Bearer ${TOKEN}'}."
    )

    @field_validator("url")
    @classmethod
    def _url(cls, value: str) -> str:
        if not _VARIABLE.match(value) and urlsplit(value).scheme not in ("http", "https"):
            raise ValueError(f"{value!r} is not a URL of http:// or https://")
        return value

    @field_validator("headers")
    @classmethod
    def _headers(cls, value: dict[str, str]) -> dict[str, str]:
        if "authorization" in {name.lower() for name in value}:
            _by_environment(next(text for name, text in value.items() if name.lower() == "authorization"), "a token")
        return value

    def services(self, message: Message) -> list[Any]:
        """Post what happened, for a machine."""
        others = dict.fromkeys(("version", "message", "attachments", "type"), "")
        headers = {name: expand(value) for name, value in self.headers.items()}
        return [delivery.post_json(payload={**others, **message.facts}, **self._parts(headers))]


class AppriseUrl(Sink):
    """Any service that apprise knows, by its URL: https://appriseit.com/services/."""

    url: str = Field(description="${VARIABLE} that holds the URL, like pagerduty://..., msteams://..., tgram://...")

    @field_validator("url")
    @classmethod
    def _url(cls, value: str) -> str:
        return _by_environment(value, "apprise's URL")

    def services(self, message: Message) -> list[Any]:  # noqa: ARG002
        """Whatever the URL names."""
        return [delivery.any_service(expand(self.url))]
