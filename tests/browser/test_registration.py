"""A newcomer registers, reads the code in their mail, and is at home: on a desk and on a phone."""

import os
import re
from pathlib import Path

import pytest
from django.core import mail

from accounts.models import Account
from accounts.services import terms
from billing import tasks
from tests.browser.conftest import DESK, PHONE, needs_browser

pytestmark = [pytest.mark.django_db(transaction=True), needs_browser]


def look(visit, name):
    """Nothing sticks out; kept as a picture where SHOTS says so."""
    assert visit.overflow <= 0, name
    if os.environ.get("SHOTS"):
        width = visit.page.viewport_size["width"]
        visit.page.screenshot(
            path=Path(os.environ["SHOTS"]) / f"{name}-{width}.png", full_page=True
        )


@pytest.mark.parametrize("visit", [DESK, PHONE], indirect=True, ids=["desk", "phone"])
def test_a_newcomer_registers_and_comes_home(visit):
    terms.install()
    visit.go("/")
    visit.page.get_by_role("link", name="Open an account").click()
    look(visit, "signup")
    visit.page.get_by_role("button", name="Register").click()

    page = visit.page
    page.get_by_label("Name").fill("上海云帆网络科技有限公司")
    page.get_by_label("Language of our mails").select_option("zh-hans")
    page.get_by_label("Email").fill("li@example.com")
    page.get_by_label("Password").fill("nine purple lanterns glow")
    page.get_by_label("I agree to the terms of service").check()
    page.get_by_label("I give the undertaking against spam").check()
    page.wait_for_timeout(2_100)
    page.get_by_role("button", name="Register").click()
    page.get_by_role("heading", name="Look into your mail").wait_for()
    look(visit, "code")

    page.get_by_label("Code").fill(re.search(r"^ +(\S+)$", mail.outbox[0].body, re.M).group(1))
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url(visit.address + "/")
    assert not Account.objects.get().is_live
    tasks.open_account(account_id=Account.objects.get().pk)
    page.reload()
    look(visit, "home-of-a-newcomer")
