"""Messages of drivers without what nobody should read."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote_plus

if TYPE_CHECKING:
    from sqlalchemy.engine import URL


def scrubbed(error: BaseException, url: URL) -> str:
    """The first line of a driver's message, without anything secret that the URL holds."""
    reason = getattr(error, "orig", None) or error
    text = next(iter(str(reason).strip().splitlines()), type(reason).__name__)
    secrets = [url.password, *(value for values in url.normalized_query.values() for value in values)]
    for secret in filter(None, secrets):
        text = text.replace(str(secret), "***").replace(quote_plus(str(secret)), "***")
    return text[:300]
