"""Markdown in which foreign texts stay texts, and the HTML page that is made of it.

Names of columns, levels and people may hold anything. Here they can neither end a table's cell nor become markup, a
link or HTML; the page also forbids the browser to fetch or run anything.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LONGEST = 2_000
_LONGEST_NAME = 80
_ACTIVE = re.compile(r"([\\`*\[\]<>~])|(?<![^\W_])_|_(?![^\W_])|&(?=[#\w])|^(?=[#+=-])|(?<=^\d)(?=[.)])")
"""What Markdown reads as more than itself; an underscore inside a word is none of it."""
BAR = r"\|"
"""A bar inside a table's cell."""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 66rem; margin: 2rem auto; padding: 0 1.25rem; }
main { overflow-x: auto; }
h1 { font-size: 1.7rem; } h2 { font-size: 1.25rem; margin-top: 2.2rem; border-bottom: 1px solid #8886; }
h3 { font-size: 1.05rem; }
table { border-collapse: collapse; margin: .8rem 0; font-size: .92rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .7rem; border-bottom: 1px solid #8884; text-align: left; vertical-align: top; }
th { border-bottom-color: #888a; }
code { font-family: ui-monospace, monospace; font-size: .92em; }
li code { overflow-wrap: anywhere; }
"""


def text(value: object) -> str:
    r"""A foreign text in one line, without any effect.

    >>> text("a *b* <c>")
    'a \\*b\\* \\<c\\>'
    """
    return _ACTIVE.sub(lambda found: f"\\{found[0]}", _line(value, _LONGEST))


def code(value: object) -> str:
    """A foreign name as it is spelled, in a code span.

    >>> code("a`b")
    '``a`b``'
    """
    name = _line(value, _LONGEST_NAME) or " "
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", name)), default=0))
    pad = " " if name[0] == "`" or name[-1] == "`" else ""
    return f"{fence}{pad}{name}{pad}{fence}"


def table(*columns: str, rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already; a sentence instead of a table without rows."""
    lines = [_row(row) for row in rows]
    return "\n".join([_row(columns), _row(["---"] * len(columns)), *lines]) if lines else "None."


def bullets(items: Iterable[str]) -> str:
    """A list of lines that are Markdown already."""
    return "\n".join(f"- {item}" for item in items) or "None."


def page(markdown: str, *, title: str) -> bytes:
    """A self-contained HTML page of Markdown: the same text gives the same bytes.

    Args:
        markdown: as this module writes it; HTML in it is shown, not obeyed.
        title: of the page, any text.

    Returns:
        UTF-8 HTML that needs nothing from the network and runs no script.
    """
    from markdown_it import MarkdownIt

    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    head = (
        f'<meta charset="UTF-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title><style>{_STYLE}</style>'
    )
    whole = f'<html lang="en">\n<head>{head}</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>'
    return f"<!DOCTYPE html>\n{whole}\n".encode()


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', BAR) for cell in cells)} |"


def _line(value: object, longest: int) -> str:
    """One line without characters that are not seen, or that turn the direction of writing."""
    shown = "".join(character if character.isprintable() else " " for character in str(value))
    line = " ".join(shown.split())
    return line if len(line) <= longest else f"{line[: longest - 3]}..."
