"""Every page that a link leads to, as its reader sees it: both languages, a desk and a phone.

SCREENS=docs/screens keeps what was seen as contact sheets.
"""

import os
import re
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve

from tests import factories
from tests.browser import sheets
from tests.browser.conftest import DESK, PHONE, Visit, needs_browser

pytestmark = [pytest.mark.django_db(transaction=True), needs_browser]

LANGUAGES = ("en", "zh-hans")
WIDTHS = {"desk": 320, "phone": 180}
# They sign out, answer no page, or are the library's form for one row of a table.
LEFT_OUT = re.compile(r"logout|^/api/(schema|docs)|/export|/(add|history|delete|change|jsi18n)/?")


@dataclass
class Tour:
    """Follows links, each kind of page once."""

    visit: Visit
    language: str
    seen: dict[str, str] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)

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
        assert page.locator("html").get_attribute("lang") == self.language, path
        assert self.visit.overflow <= 0, f"{path} scrolls sideways"
        assert page.locator("h1").count() >= 1, f"{path} has no heading"
        assert self.visit.complaints == [], path
        if "SCREENS" in os.environ:
            self.pictures[path] = page.screenshot(full_page=True)

    def _links(self) -> list[str]:
        found = self.visit.page.eval_on_selector_all("a[href]", "all => all.map(one => one.href)")
        return [urlsplit(link).path for link in found if link.startswith(self.visit.address + "/")]


def _route(path: str) -> str | None:
    if LEFT_OUT.search(path):
        return None
    try:
        return resolve(path).route
    except Resolver404:
        return None


@pytest.fixture
def member():
    membership = factories.MembershipFactory()
    factories.WalletFactory(account=membership.account)
    factories.WalletFactory(account=membership.account, parts=True)
    for trait in ("delivered", "undelivered", "uncertain", "sent"):
        factories.MessageFactory(account=membership.account, **{trait: True})
    return membership


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("visit", [DESK, PHONE], indirect=True, ids=["desk", "phone"])
def test_every_page_of_the_portal_reads_well(visit, member, language):
    width = "desk" if visit.page.viewport_size == DESK else "phone"
    visit.sign_in(member.user.email)
    visit.page.context.add_cookies(
        [{"name": "django_language", "value": language, "url": visit.address}]
    )
    tour = Tour(visit, language)

    tour.walk("/")

    assert {"", "messages/", "messages/<uuid:message_id>"} <= tour.seen.keys()
    if folder := os.environ.get("SCREENS"):
        name = f"portal-{language[:2]}-{width}.webp"
        sheets.write(Path(folder) / name, tour.pictures, width=WIDTHS[width])
