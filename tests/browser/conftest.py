"""A person with a browser. The only reason to skip is that no browser is on this machine."""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from django.db import connections
from playwright.sync_api import Page, sync_playwright

from tests import factories

BROWSER = shutil.which("chromium") or shutil.which("google-chrome") or ""
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}

needs_browser = pytest.mark.skipif(not BROWSER, reason="no browser here: apt-get install chromium")


@dataclass
class Visit:
    """An open page, and what the browser found wrong with it (a CSP violation is an error)."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)

    def sign_in(self, email: str) -> None:
        self.go("/")
        self.page.get_by_role("textbox").first.fill(email)
        self.page.locator("input[type=password]").fill(factories.PASSWORD)
        self.page.locator("main button[type=submit]").first.click()
        self.page.wait_for_url(re.compile(re.escape(self.address) + "/($|accounts/2fa/)"))
        if "/2fa/" in self.page.url:
            self.page.locator("input[name=code]").fill(factories.code_of_app())
            self.page.locator("main button[type=submit]").first.click()
            self.page.wait_for_url(self.address + "/")

    @property
    def title(self) -> str:
        return self.page.locator("h1").inner_text()

    @property
    def overflow(self) -> int:
        return self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


@pytest.fixture(autouse=True)
def _loop_of_the_browser(monkeypatch):
    """Playwright keeps an event loop in this thread, which Django takes for asynchronous code."""
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture
def visit(live_server, request) -> Iterator[Visit]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=QUIET)
        page = browser.new_page(viewport=getattr(request, "param", DESK), locale="en-GB")
        visit = Visit(page, live_server.url)
        page.on("console", lambda told: visit.complaints.append(f"{told.type}: {told.text}"))
        page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        yield visit
        browser.close()
        # Beside an event loop Django opens a connection of its own, which nobody else closes.
        connections.close_all()
    assert visit.complaints == []
