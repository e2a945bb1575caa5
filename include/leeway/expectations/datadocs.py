"""The Data Docs page of one validation: Great Expectations renders it; here it is made safe, offline and repeatable."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from leeway.expectations.outcome import Failure

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1c2733; max-width: 1000px; margin: 24px auto; padding: 0 24px; }
h1 { font-size: 22px; } h5 { font-size: 17px; margin: 24px 0 4px; } h6 { font-size: 14px; margin: 8px 0; }
table { border-collapse: collapse; width: 100%; }
td, th { border-bottom: 1px solid #d8dee6; padding: 6px 8px; text-align: left; vertical-align: top; }
.badge { background: #e8ecf1; border-radius: 4px; padding: 1px 6px; font-size: 13px; overflow-wrap: anywhere; }
.fa-check-circle::before { content: "\\2714"; color: #1f7a3d; }
.fa-times::before { content: "\\2718"; color: #b3261e; }
.fa-exclamation-triangle::before { content: "\\26A0"; color: #9a6700; }
i { font-style: normal; } code { overflow-wrap: anywhere; } .failed { color: #b3261e; }
"""
_LINK = re.compile(r"<a\b[^>]*>(.*?)</a>", re.S)
_RANDOM = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_BLANK = re.compile(r"\n\s*\n+")
_LONGEST = 200


def page(result: Any, failures: Sequence[Failure], *, title: str) -> bytes:
    """Render a validation result.

    Args:
        result: Great Expectations' suite result; it is changed: its texts are escaped, since the renderer does not.
        failures: leeway's sentences, put on top.
        title: headline.

    Returns:
        UTF-8 HTML without scripts, links and anything that has to be fetched; equal results give equal bytes.
    """
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer

    _make_safe(result)
    full: str = _view().render(ValidationResultsPageRenderer().render(result))
    sections = full[full.index('<div id="section-1"') : full.index("<footer>")]
    sections = _RANDOM.sub("id", _LINK.sub(r"\1", sections))
    listed = "".join(f"<li>{escape(failure.sentence)} <code>{failure.code}</code></li>" for failure in failures)
    verdict = f'<ul class="failed">{listed}</ul>' if failures else "<p>All expectations are met.</p>"
    head = f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"><title>{escape(title)}</title>'
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="UTF-8">{head}<style>{_STYLE}</style></head>\n'
        f"<body><h1>{escape(title)}</h1>{verdict}<div><div><div>{_BLANK.sub(chr(10), sections)}</body>\n</html>\n"
    ).encode()


@lru_cache(maxsize=1)
def _view() -> Any:
    """The page's template, compiled once per process."""
    from great_expectations.render.view.view import DefaultJinjaPageView

    return DefaultJinjaPageView()


def _make_safe(result: Any) -> None:
    """Escape every text that comes from data, drop tracebacks and what differs from run to run.

    The renderer itself escapes an expectation's arguments, but not what was observed.
    """
    result.meta = {"great_expectations_version": result.meta.get("great_expectations_version", "")}
    for one in result.results:
        one.result = _escaped(one.result or {})
        one.exception_info = _short(one.exception_info)


def _escaped(value: Any) -> Any:
    """The same value with HTML in its texts escaped, long ones cut, in Python's own types."""
    if isinstance(value, Mapping):
        return {key: _escaped(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_escaped(item) for item in value]
    if isinstance(value, str):
        return escape(value if len(value) <= _LONGEST else f"{value[:_LONGEST]}...")
    # The renderer cannot print NumPy's numbers.
    return value.item() if hasattr(value, "item") else value


def _short(info: Any) -> Any:
    """Keep that an expectation raised, not what: its message and traceback hold rows and paths."""
    if not isinstance(info, Mapping):
        return info
    if "raised_exception" in info:
        return {
            "raised_exception": info["raised_exception"],
            "exception_message": "see above",
            "exception_traceback": "",
        }
    return {key: _short(value) for key, value in info.items()}
