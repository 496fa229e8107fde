"""A person with a browser: signs in, looks at home in both languages, on a desk and on a phone.

The only reason to skip is that no browser is on this machine.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from django.db import connections
from playwright.sync_api import Page, sync_playwright

from messaging.models import Message
from messaging.states import State
from smsplatform.core import clock
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

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not BROWSER, reason="no browser here: apt-get install chromium"),
]


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
        self.page.locator("main button[type=submit]").click()
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
def member():
    membership = factories.MembershipFactory()
    factories.WalletFactory(account=membership.account)
    factories.WalletFactory(account=membership.account, parts=True)
    for trait in ("delivered", "undelivered", "uncertain", "sent"):
        factories.MessageFactory(account=membership.account, **{trait: True})
    return membership


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


@pytest.mark.parametrize("visit", [DESK, PHONE], indirect=True, ids=["desk", "phone"])
def test_a_person_signs_in_and_reads_home_in_both_languages(visit, member):
    visit.sign_in(member.user.email)
    assert visit.title == "Home"

    visit.page.get_by_role("button", name="简体中文").click()
    visit.page.wait_for_load_state()
    assert visit.title == "首页"
    assert visit.overflow <= 0


@pytest.mark.parametrize("visit", [PHONE], indirect=True, ids=["phone"])
def test_no_page_scrolls_sideways_on_a_phone(visit, member):
    visit.sign_in(member.user.email)
    messages = Message.objects.for_account(member.account)

    lives = [f"/messages/{message.id}" for message in messages]
    for path in ["/?span=days", "/?view=table", "/messages/", *lives]:
        visit.go(path)
        assert visit.overflow <= 0, path


def test_a_message_moves_before_the_readers_eyes(visit, member):
    message = factories.MessageFactory(account=member.account, sent=True)
    visit.sign_in(member.user.email)
    visit.go(f"/messages/{message.id}")

    Message.objects.filter(id=message.id).update(state=State.DELIVERED, finished_at=clock.now())

    visit.page.locator("#life .pill", has_text="Delivered").wait_for(timeout=10_000)


def test_the_keyboard_alone_leads_from_home_into_a_message(visit, member):
    visit.sign_in(member.user.email)

    visit.page.keyboard.press("Tab")
    assert "Skip" in visit.page.evaluate("document.activeElement.innerText")
    visit.page.keyboard.press("Enter")
    visit.page.locator(".row-link").first.focus()
    visit.page.keyboard.press("Enter")

    visit.page.get_by_role("heading", name="What happened").wait_for()
