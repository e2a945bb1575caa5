"""A browser window on Airflow that keeps an eye on what goes wrong in it."""

import os
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

PICTURES = Path(os.environ.get("LEEWAY_PICTURES", ".leeway-pictures"))
SERIOUS = {"serious", "critical"}


def until(condition, seconds=120.0):
    """Whether the condition comes true in time."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.5)):
        if condition():
            return True
        pause.wait(0.5)
    return False


@dataclass
class Looking:
    """One window, and what it complained of or asked others for."""

    page: Page
    site: str
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    @classmethod
    @contextmanager
    def at(cls, browser, stack):
        login = {"username": "admin", "password": stack.airflow.password}
        token = httpx.post(f"{stack.airflow_url}/auth/token", json=login, trust_env=False).json()["access_token"]
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies([{"name": "_token", "value": token, "url": stack.airflow_url}])
        context.set_default_timeout(60_000)
        window = cls(context.new_page(), stack.airflow_url)
        window.page.on("console", window._said)
        window.page.on("pageerror", lambda error: window.complaints.append(str(error)))
        window.page.on("request", window._asked)
        yield window
        context.close()

    def _said(self, message):
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location.get('url')})")

    def _asked(self, request):
        if urlsplit(request.url).scheme in ("http", "https") and not request.url.startswith(self.site):
            self.strangers.append(request.url)

    def open(self, path, theme="light"):
        """Go to a page of Airflow, and wait until everything it asked for is there."""
        if not self.page.url.startswith(self.site):
            self.page.goto(self.site + "/plugin/models")
        self.page.evaluate("theme => localStorage.setItem('theme', theme)", theme)
        self.page.goto(self.site + path)
        self.settle()

    def settle(self):
        """Wait until nothing is being loaded."""
        self.page.wait_for_load_state("networkidle")
        self.page.locator(".loading").first.wait_for(state="detached")

    def picture(self, name):
        """Keep a picture of the whole page."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True, animations="disabled")

    def hindrances(self):
        """What axe-core finds serious or worse in leeway's part of the page."""
        found = Axe().run(self.page, context=".leeway").response["violations"]
        return [
            f"{one['id']}: {node['html'][:200]}" for one in found if one["impact"] in SERIOUS for node in one["nodes"]
        ]

    def act(self, label, **inputs):
        """Choose an action, fill in its inputs by their labels, confirm, and give back what the page says of it."""
        page = self.page
        page.get_by_role("button", name="Actions").click()
        page.locator(".menu").get_by_role("button", name=re.compile(f"^{label}")).click()
        dialog = page.get_by_role("dialog")
        for name, value in inputs.items():
            field = dialog.get_by_label(name)
            if field.evaluate("it => it.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        confirm = dialog.locator("button[type=submit]:not([disabled])")
        confirm.wait_for()
        self.picture(f"action-{label.lower().replace(' ', '-')}")
        said = dialog.inner_text()
        confirm.click()
        dialog.get_by_role("status").wait_for()
        done = dialog.get_by_role("status").inner_text()
        dialog.get_by_role("button", name="Close").last.click()
        return said, done

    def nothing_went_wrong(self):
        assert self.complaints == []
        assert self.strangers == []
