"""Fetching over HTTP: few redirects, bounded size, patience with busy servers, and nothing downloaded twice."""

from __future__ import annotations

import logging
import random
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import httpx

from leeway.sources.gunzip import Caps, gunzip
from leeway.sources.http_cache import Kept, keep, recall

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from leeway.errors import SourceError
    from leeway.sources.codes import Place

_REDIRECTS = 5
_LONGEST_PAUSE = 60.0
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, kw_only=True)
class Fetch:
    """What to fetch and within which limits; ``url`` and ``headers`` may hold secrets, ``place`` does not."""

    url: str
    headers: Mapping[str, str]
    timeout: float
    retries: int
    backoff: float
    caps: Caps
    cache: Path | None
    place: Place


class _TryAgainError(Exception):
    """An attempt failed and the next may not; ``after`` is what the server asked for, in seconds."""

    def __init__(self, error: SourceError, after: float | None = None) -> None:
        self.error, self.after = error, after
        super().__init__(str(error))


def fetch(call: Fetch) -> bytes:
    """Get the body of an answer with status 200, or the kept one if it is unchanged.

    Raises:
        SourceError: SRC101, SRC103 to SRC105, SRC110, SRC111 at once; SRC201 to SRC204 after all attempts.
    """
    # httpx logs every address at INFO, with whatever secret is in it.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    kept = recall(call.cache, call.url, call.headers)
    for attempt in range(call.retries + 1):
        try:
            return _attempt(call, kept)
        except _TryAgainError as again:
            if attempt == call.retries:
                raise again.error from None
            pause = call.backoff * 2**attempt * random.uniform(0.5, 1)  # noqa: S311 - jitter, not a secret
            time.sleep(min(max(pause, again.after or 0), _LONGEST_PAUSE))
    raise AssertionError("the last attempt returns or raises")


def _attempt(call: Fetch, kept: Kept | None) -> bytes:
    origin, url = _url(call.url, call), _url(call.url, call)
    ends = time.monotonic() + call.timeout
    with _failing(call), httpx.Client(timeout=call.timeout, verify=_tls()) as client:
        for _ in range(_REDIRECTS + 1):
            headers = _headers(call, kept, same_origin=_origin(url) == _origin(origin))
            with client.stream("GET", url, headers=headers) as response:
                if not response.has_redirect_location:
                    return _body(response, call, kept, ends)
                target = url.join(response.headers["location"])
            if target.scheme not in ("http", "https") or (url.scheme, target.scheme) == ("https", "http"):
                raise call.place.error("SRC111", f"it redirects from {url.scheme} to {target.scheme}")
            url = target
    raise call.place.error("SRC111", f"it redirects more than {_REDIRECTS} times")


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """The trusted certificates, loaded once."""
    return httpx.create_ssl_context()


def _headers(call: Fetch, kept: Kept | None, *, same_origin: bool) -> dict[str, str]:
    """What is sent: the user's own headers never go to another host than the one in the model file."""
    own = dict(call.headers) if same_origin else {}
    unchanged = {"If-None-Match": kept.etag} if kept else {}
    # Compression of the transfer would expand before it can be measured.
    return {**own, **unchanged, "Accept-Encoding": "identity", "User-Agent": "leeway"}


def _body(response: httpx.Response, call: Fetch, kept: Kept | None, ends: float) -> bytes:
    if response.status_code == 304 and kept is not None:
        return kept.body
    _check_status(response, call)
    media = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media in ("text/html", "application/xhtml+xml"):
        raise call.place.error("SRC105", "this is a web page, not data")
    body = _download(response, call, ends)
    encoding = response.headers.get("content-encoding", "identity").lower()
    if encoding in ("gzip", "x-gzip") and not httpx.URL(call.url).path.endswith(".gz"):
        body = gunzip(body, call.caps, call.place)
    elif encoding not in ("identity", "gzip", "x-gzip"):
        raise call.place.error("SRC105", f"the transfer is encoded as {encoding!r}, which was not asked for")
    keep(call.cache, call.url, call.headers, Kept(etag=response.headers.get("etag", ""), body=body))
    return body


def _download(response: httpx.Response, call: Fetch, ends: float) -> bytes:
    """Read the body, never more than the cap and never longer than the deadline."""
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > call.caps.max_bytes:
        raise call.place.error("SRC101", f"it has {int(announced):,} bytes, more than {call.caps.max_bytes:,}")
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > call.caps.max_bytes:
            raise call.place.error("SRC101", f"it has more than {call.caps.max_bytes:,} bytes")
        if time.monotonic() > ends:
            raise _TryAgainError(call.place.error("SRC202", f"not finished after {call.timeout:g} s"))
    return bytes(body)


def _check_status(response: httpx.Response, call: Fetch) -> None:
    status = response.status_code
    if status == 200:
        return
    say = f"the server answers with status {status} {response.reason_phrase}".rstrip()
    if status in _BUSY:
        raise _TryAgainError(call.place.error("SRC203", say), _seconds(response.headers.get("retry-after", "")))
    raise call.place.error("SRC110" if status in (204, 404, 410) else "SRC111", say)


def _seconds(text: str) -> float | None:
    """Read Retry-After: seconds, or a date."""
    if text.isdecimal():
        return float(text)
    try:
        return (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return None


def _url(text: str, call: Fetch) -> httpx.URL:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        raise call.place.error("SRC111", "this is not an address") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise call.place.error("SRC111", "an address starts with http:// or https:// and a host")
    return url


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


@contextmanager
def _failing(call: Fetch) -> Iterator[None]:
    """Sort what httpx raises; its own texts stay out, they may hold the address with a secret."""
    try:
        yield
    except httpx.TimeoutException:
        raise _TryAgainError(call.place.error("SRC202", f"no answer within {call.timeout:g} s")) from None
    except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError, httpx.CloseError):
        raise _TryAgainError(call.place.error("SRC204", "the connection was closed before the end")) from None
    except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.LocalProtocolError):
        raise call.place.error("SRC111", "the address or a header cannot be sent") from None
    except httpx.TransportError as error:
        raise _TryAgainError(call.place.error("SRC201", f"cannot connect ({type(error).__name__})")) from None
