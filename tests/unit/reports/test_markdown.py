"""Foreign texts stay texts, in Markdown and in the page that is made of it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeway.reports.markdown import bullets, code, page, table, text

HOSTILE = [
    "</td><script>alert(1)</script>",
    "a | b | c",
    r"a\| b",
    "[x](javascript:alert(1))",
    "![x](https://example.org/pixel.png)",
    "<https://example.org>",
    "**bold** _it_ ~~gone~~ `code` &lt;",
    "# heading",
    "1. item",
    "- item",
    "line one\n\n## line two",
    "``` fence",
    "a`b``c",
    "\x00 \u202e reversed",
    "=====",
    "a_b __c__",
]


class Read(HTMLParser):
    """The tags of a page, and the texts of its table's cells."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.cells: list[str] = []
        self._open = False
        self.feed(html.partition("<main>")[2].partition("</main>")[0])

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag in ("td", "p", "li"):
            self._open = True
            self.cells.append("")

    def handle_endtag(self, tag):
        self._open = self._open and tag not in ("td", "p", "li")

    def handle_data(self, data):
        if self._open:
            self.cells[-1] += data


def rendered(markdown: str) -> Read:
    return Read(page(markdown, title="t").decode())


def plain(value: str) -> str:
    """A text as it is to be read: in one line, without characters that are not seen."""
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_is_read_as_it_is_written(value):
    assert rendered(text(value)).cells == [plain(value)]
    assert rendered(text(value)).tags == ["p"]
    assert rendered(bullets([text(value)])).tags == ["ul", "li"]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_stays_in_its_cell(value):
    read = rendered(table("a", "b", rows=[(text(value), "end"), (code(value), "end")]))
    assert read.cells[0] == plain(value)
    assert [read.cells[1], read.cells[3], len(read.cells)] == ["end", "end", 4]
    assert set(read.tags) <= {"table", "thead", "tbody", "tr", "th", "td", "code"}


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_no_text_at_all_becomes_markup(value):
    read = rendered(table("a", "b", rows=[(text(value), code(value))]))
    assert set(read.tags) <= {"table", "thead", "tbody", "tr", "th", "td", "code"}
    assert len(read.cells) == 2
    assert read.cells[0].strip() == plain(value)


def test_the_page_is_self_contained_and_its_title_escaped():
    html = page("# x", title="<script>").decode()
    assert "<title>&lt;script&gt;</title>" in html
    assert "default-src 'none'" in html
    assert not re.findall(r"<(?:script|img|iframe|link)", html)


def test_a_table_without_rows_says_so():
    assert table("a", rows=[]) == "None."
    assert bullets([]) == "None."
