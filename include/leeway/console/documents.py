"""Pages that others have drawn, handed to a browser so that they can do nothing but be looked at."""

from __future__ import annotations

from typing import Final

from fastapi.responses import HTMLResponse, PlainTextResponse

POLICY: Final = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'unsafe-inline'; img-src data: blob:; font-src data:"
)
"""A page may hold text that came with the data. In a sandbox of no origin its scripts draw, and reach nothing: neither
Airflow's session nor the network."""
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
}


def page(data: bytes) -> HTMLResponse:
    """The answer that shows an HTML page, given as UTF-8."""
    return HTMLResponse(data, headers=HEADERS)


def markdown(text: str) -> PlainTextResponse:
    """The answer that holds Markdown as it is written."""
    return PlainTextResponse(text, media_type="text/markdown", headers=HEADERS)
