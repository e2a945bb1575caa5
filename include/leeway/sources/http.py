"""Web addresses: one file per window, or one with a time column, fetched politely and within limits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from leeway.canonical import digest
from leeway.settings import expand, settings
from leeway.sources.base import Batch
from leeway.sources.tabular import Tabular
from leeway.sources.template import check_template, is_template, render

if TYPE_CHECKING:
    from leeway.core import Window
    from leeway.sources.base import ReadRequest
    from leeway.sources.selection import Selection

_SECRET = re.compile(r"auth|token|key|secret|cookie|password", re.IGNORECASE)


class Http(Tabular):
    """CSV, Parquet or JSON lines at an http or https address.

    With a window's time in ``url`` there is one answer per window, and rows outside their window are an error.
    Without one, the rows of the interval are picked by the time column. The fingerprint is made of the address, as the
    model file has it, and the sha256 of each answer.
    """

    url: str = Field(description="Address; may hold ${VARIABLE} and {start:%Y-%m-%d}, {end:...}.")
    headers: dict[str, str] = Field(default_factory=dict, description="Request headers; put secrets into ${VARIABLE}.")
    timeout: float = Field(default=60, gt=0, description="Seconds that one attempt may take.")
    retries: int = Field(
        default=4, ge=0, le=20, description="Further attempts, if the server does not answer or cannot."
    )
    backoff: float = Field(default=0.5, ge=0, description="Seconds before the second attempt; then doubled, up to 60.")
    cache: bool = Field(default=True, description="Keep answers that have an ETag, to ask only whether they changed.")

    @field_validator("url")
    @classmethod
    def _url(cls, value: str) -> str:
        if not value.startswith(("http://", "https://", "${")):
            raise ValueError("an address starts with http:// or https://")
        if re.match(r"https?://[^/]*@", value) and "${" not in value.split("@")[0]:
            raise ValueError(
                "a password does not belong into a model file: write ${VARIABLE} and set it for the workers"
            )
        return check_template(value)

    @field_validator("headers")
    @classmethod
    def _headers(cls, value: dict[str, str]) -> dict[str, str]:
        for name, text in value.items():
            if _SECRET.search(name) and "${" not in text:
                raise ValueError(f"header {name}: a secret does not belong into a model file; write ${{VARIABLE}}")
        return value

    @model_validator(mode="after")
    def _format_known(self) -> Self:
        self.format_of(_name(self.url))
        return self

    def read(self, request: ReadRequest) -> Batch:
        """Read an interval; see `Source.read`.

        Raises:
            SourceError: SRC1xx, SRC201 to SRC204.
            SpecError: if an environment variable in ``url`` or ``headers`` is not set.
        """
        selection = self.selection(request, self.url)
        windows = request.windows if is_template(self.url) else (None,)
        seen = [self._read_window(window, request, selection) for window in windows]
        return Batch(selection.table(), digest(["http", seen]))

    def _read_window(self, window: Window | None, request: ReadRequest, selection: Selection) -> tuple[str, str]:
        from leeway.sources.http_fetch import Fetch, fetch

        text = render(self.url, window, self.timezone) if window else self.url
        place = selection.place.at(text)
        url = expand(text)
        call = Fetch(
            url=url,
            headers={name: expand(value) for name, value in self.headers.items()},
            timeout=self.timeout,
            retries=self.retries,
            backoff=self.backoff,
            caps=self.caps(),
            cache=settings().cache / "http" if self.cache else None,
            place=place,
        )
        body = fetch(call)
        around = (request.time_column, request.interval)
        self.rows_of(body, _name(url), selection=selection, place=place, window=window, around=around)
        return text, digest(body)


def _name(url: str) -> str:
    """The part of an address that shows the format: without query."""
    return urlsplit(url).path or url
