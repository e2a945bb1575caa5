"""The HTML page around Evidently's pictures: the verdict on top, nothing fetched, nothing random."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:"
)
_STYLE = """
.leeway { font: 15px/1.5 system-ui, sans-serif; color: #1c2733; max-width: 1100px; margin: 24px auto; padding: 0 24px; }
.leeway h1 { font-size: 22px; margin: 0 0 12px; }
.leeway ul { margin: 0 0 12px; padding-left: 20px; }
.leeway p { color: #5a6572; margin: 0 0 4px; }
"""
_EMPTY = '<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="UTF-8"></head>\n<body>\n</body>\n</html>\n'
_RANDOM = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?<=metric_)[0-9a-f]{32}")


def assemble(pictures: str, *, title: str, sentences: Sequence[str], notes: Sequence[str]) -> bytes:
    """Put the verdict above the pictures.

    Args:
        pictures: Evidently's HTML page, or nothing.
        title: headline.
        sentences: the verdict; texts from data, escaped here.
        notes: what else a reader should know.

    Returns:
        The page as UTF-8.
    """
    listed = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences) or "<li>Nothing was flagged.</li>"
    said = "".join(f"<p>{escape(note)}</p>" for note in notes)
    verdict = f'<section class="leeway"><h1>{escape(title)}</h1><ul>{listed}</ul>{said}</section>'
    policy = f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    head = f"{policy}<title>{escape(title)}</title><style>{_STYLE}</style>"
    page = _numbered(pictures) or _EMPTY
    page = _after(page, "<head>", head)
    return _after(page, "<body>", verdict).encode()


def _after(page: str, tag: str, text: str) -> str:
    before, found, rest = page.partition(tag)
    if not found:
        raise ValueError(f"the page has no {tag}")
    return f"{before}{found}\n{text}{rest}"


def _numbered(page: str) -> str:
    """Number the random ids of a page in the order they come, so that equal content has equal bytes.

    They are made in the head; the body is megabytes of script that only repeats one of them.
    """
    head, tag, body = page.partition("<body>")
    names: dict[str, str] = {}
    head = _RANDOM.sub(lambda found: names.setdefault(found[0], f"{len(names)}"), head)
    for name, number in names.items():
        if len(name) == 32:
            body = body.replace(f"metric_{name}", f"metric_{number}")
    return f"{head}{tag}{body}"
