"""How soon pages are usable in a real browser: Chromium, which ``LEEWAY_CHROMIUM`` names.

Times are the browser's own, from the start of the navigation or from the click.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser
    from playwright.sync_api import Page as Tab

VISITS: Final = ("nothing cached", "again", "by a click")
"""In a new window; once more in the same one; from another page within Airflow's."""


class Page(NamedTuple):
    """A page of the console, and by what one sees how far it is.

    Args:
        path: below Airflow's address.
        answer: the request without which there is nothing to show.
        usable: selects what is there once people can work with the page.
        complete: selects what is there once everything is drawn.
        before: the page from which a link leads here.
        link: its name.
    """

    path: str
    answer: str
    usable: str
    complete: str
    before: str
    link: str


_OVERVIEW: Final = "/leeway/api/overview", "table.models tbody tr", "table.models img.spark"
_MODEL: Final = "/leeway/api/models/model_001", "[role=tablist]", ".drawing > *"
PAGES: Final = {
    "overview": Page("/plugin/models", *_OVERVIEW, "/", "Models"),
    "a model": Page("/plugin/models/model_001", *_MODEL, "/plugin/models?search=model_001", "model_001"),
}


class Course(NamedTuple):
    """When a page was how far, in seconds."""

    host: float
    """Airflow's own page is there, and asks for leeway's code (or, where it has that, leeway for what to show)."""
    asked: float
    """Leeway's code is there, and asks for what to show."""
    answered: float
    usable: float
    """The answer is painted, and the page's one thread is free to hear a click."""
    complete: float


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser, which has to be there already."""
    path = os.environ.get("LEEWAY_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def visited(browser: Browser, site: str, token: str, page: Page) -> dict[str, Course]:
    """Come to a page in each of the ways of `VISITS`.

    Args:
        browser: which browser.
        site: Airflow's address.
        token: of the person who looks.
        page: which page.
    """
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": "_token", "value": token, "url": site}])
    tab = context.new_page()
    tab.add_init_script(f"({_WATCH})({page.usable!r}, {page.complete!r})")
    found = []
    for _ in range(2):
        tab.goto(site + page.path, wait_until="commit")
        found.append(_course(tab, site + page.answer))
    tab.goto(site + page.before, wait_until="networkidle")
    tab.get_by_role("link", name=page.link, exact=True).evaluate("link => { leewayStarts(); link.click(); }")
    found.append(_course(tab, site + page.answer))
    context.close()
    return dict(zip(VISITS, found, strict=True))


def _course(tab: Tab, answer: str) -> Course:
    tab.wait_for_function("leewayMarks.usable && leewayMarks.complete", timeout=120_000)
    return Course(*(milliseconds / 1000 for milliseconds in tab.evaluate(_TELL, answer)))


_WATCH: Final = """(usable, complete) => {
  globalThis.leewayStarts = () => { globalThis.leewayMarks = { start: performance.now() }; };
  globalThis.leewayMarks = { start: 0 };
  const note = (name, selector) => {
    if (name in leewayMarks || !document.querySelector(`.leeway ${selector}`)) return;
    leewayMarks[name] = 0;
    requestAnimationFrame(() => setTimeout(() => { leewayMarks[name] = performance.now(); }));
  };
  new MutationObserver(() => { note("usable", usable); note("complete", complete); })
    .observe(document, { childList: true, subtree: true });
}"""
"""A mark is set after the next frame, and after what waits for the thread by then."""
_TELL: Final = """(answer) => {
  const { start, usable, complete } = leewayMarks;
  const since = performance.getEntriesByType("resource").filter(({ startTime }) => startTime >= start);
  const asked = since.find(({ name }) => name.split("?")[0] === answer);
  const code = since.find(({ name }) => name.includes("/leeway/static/console.js")) ?? asked;
  return [code.startTime, asked.startTime, asked.responseEnd, usable, complete].map((moment) => moment - start);
}"""
