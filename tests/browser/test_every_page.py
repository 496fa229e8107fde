"""Every page that a link leads to, in both languages, at a desk and on a phone, and by the rules of
WCAG 2.2, levels A and AA.

SCREENS=docs/screens keeps what was seen as contact sheets.
"""

import os
import re
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import Resolver404, resolve
from playwright.sync_api import Page

from accounts.models import Membership
from accounts.services import terms
from messaging.services import packs
from smsplatform.core import clock
from tests import factories
from tests.accounts import papers
from tests.browser import sheets
from tests.browser.conftest import DESK, PHONE, Visit, needs_browser

pytestmark = [pytest.mark.django_db(transaction=True), needs_browser]

LANGUAGES = ("en", "zh-hans")
WIDTHS = {"desk": 320, "phone": 180}
# They sign out, answer no page, or are the library's form for one row of a table.
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
LEFT_OUT = re.compile(
    r"logout|^/api/(schema|docs)|/export|/file$|/refused$|/(add|history|delete|change|jsi18n)/?"
)


@dataclass
class Tour:
    """Follows links, each kind of page once."""

    visit: Visit
    language: str
    seen: dict[str, str] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def walk(self, start: str) -> None:
        waiting = deque([start])
        while waiting:
            path = waiting.popleft()
            route = _route(path)
            if route is None or route in self.seen:
                continue
            self.seen[route] = path
            self._look(path)
            waiting.extend(self._links())

    def _look(self, path: str) -> None:
        page = self.visit.page
        answer = page.goto(self.visit.address + path)
        assert answer.status == 200, path
        if "/reauthenticate/" in page.url:
            self._judge(urlsplit(page.url).path)
            page.locator("main input[type=password]").fill(factories.PASSWORD)
            page.locator("main button[type=submit]").first.click()
            page.wait_for_url(f"**{path}")
        self._judge(path)

    def _judge(self, path: str) -> None:
        page = self.visit.page
        found = {
            "in another language": page.locator("html").get_attribute("lang") != self.language,
            "scrolls sideways": self.visit.overflow > 0,
            "no heading": not page.locator("h1").count(),
        }
        said = [words for words, is_so in found.items() if is_so]
        self.faults += [f"{path}: {one}" for one in (*said, *self.visit.complaints, *_faults(page))]
        self.visit.complaints.clear()
        if "SCREENS" in os.environ:
            self.pictures[path] = page.screenshot(full_page=True)

    def _links(self) -> list[str]:
        found = self.visit.page.eval_on_selector_all("a[href]", "all => all.map(one => one.href)")
        return [urlsplit(link).path for link in found if link.startswith(self.visit.address + "/")]


def _faults(page: Page) -> list[str]:
    """What axe finds: the rule, and where it is broken."""
    found = Axe().run(page, options=WCAG).response["violations"]
    return [f"{one['id']}: {node['target']}" for one in found for node in one["nodes"]]


def _route(path: str) -> str | None:
    if LEFT_OUT.search(path):
        return None
    try:
        return resolve(path).route
    except Resolver404:
        return None


@pytest.fixture
def filled():
    """An account with something of everything, its owner, and somebody of the staff."""
    membership = factories.MembershipFactory()
    account = membership.account
    factories.WalletFactory(account=account)
    factories.WalletFactory(account=account, parts=True)
    for trait in ("delivered", "undelivered", "uncertain", "sent"):
        factories.MessageFactory(account=account, **{trait: True})
    message = factories.MessageFactory(account=account, delivered=True)
    factories.WebhookDeliveryFactory(message=message, delivered=True)
    factories.WebhookDeliveryFactory(message=message, dead=True)
    factories.MembershipFactory(account=account, role="viewer")
    factories.InvitationFactory(account=account)
    factories.ApiKeyFactory(account=account, mode="sandbox")
    terms.install()
    packs.install()
    papers.submitted(account, now=clock.now())
    return membership


def somebody(audience: str, membership: Membership) -> str:
    """The e-mail address to sign in with; nothing for a stranger."""
    if audience == "staff":
        return factories.UserFactory(staff=True).email
    return membership.user.email if audience == "portal" else ""


STARTS = {"portal": "/", "staff": "/staff/", "entrance": "/accounts/login/"}
# Without these the tour went nowhere.
MUST_SEE = {
    "portal": {"", "messages/", "messages/<uuid:message_id>", "company/", "keys/", "members/"}
    | {"webhooks/", "webhooks/<uuid:endpoint_id>"},
    "staff": {"staff/", "staff/core/item/", "staff/reviews", "staff/messaging/message/"},
    "entrance": {"accounts/login/", "accounts/signup/", "accounts/password/reset/"},
}


@pytest.mark.parametrize("audience", STARTS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("visit", [DESK, PHONE], indirect=True, ids=["desk", "phone"])
def test_every_page_reads_well(visit, filled, language, audience):
    if email := somebody(audience, filled):
        visit.sign_in(email)
    visit.page.context.add_cookies(
        [{"name": "django_language", "value": language, "url": visit.address}]
    )
    tour = Tour(visit, language)

    tour.walk(STARTS[audience])

    assert not tour.faults, "\n".join(tour.faults)
    assert MUST_SEE[audience] <= tour.seen.keys()
    if folder := os.environ.get("SCREENS"):
        width = "desk" if visit.page.viewport_size == DESK else "phone"
        name = f"{audience}-{language[:2]}-{width}.webp"
        sheets.write(Path(folder) / name, tour.pictures, width=WIDTHS[width])
