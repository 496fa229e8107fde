"""Owners invite people, and developers keep webhooks, by a browser."""

import re

import pytest
from django.core import mail

from accounts import tasks
from accounts.models import Invitation, Role
from accounts.services import terms
from tests import factories
from tests.browser.conftest import DESK, PHONE, needs_browser

pytestmark = [pytest.mark.django_db(transaction=True), needs_browser]


def confirm(page):
    """The password again, and on to where it was asked."""
    page.locator("input[type=password]").fill(factories.PASSWORD)
    page.locator("main button[type=submit]").first.click()


@pytest.mark.parametrize("visit", [DESK, PHONE], indirect=True, ids=["desk", "phone"])
def test_somebody_is_invited_and_joins_by_the_link(visit):
    terms.install()
    membership = factories.MembershipFactory(account=factories.AccountFactory(name="云帆网络"))
    page = visit.page
    visit.sign_in(membership.user.email)
    visit.go("/members/invite")
    confirm(page)
    page.get_by_label("E-mail").fill("wu@example.com")
    page.get_by_role("radio", name="Developer").check()
    assert visit.overflow <= 0
    page.get_by_role("button", name="Send the invitation").click()
    page.get_by_text("on its way to wu@example.com").wait_for()
    assert visit.overflow <= 0

    tasks.mail_invitation(invitation_id=Invitation.objects.get().pk)
    page.context.clear_cookies()
    visit.go(re.search(r"/invitations/\S+", mail.outbox[0].body)[0])
    page.get_by_label("Your name").fill("Wu Fang")
    page.get_by_label("Password").fill("nine purple lanterns glow")
    for box in page.get_by_role("checkbox").all():
        box.check()
    assert visit.overflow <= 0
    page.get_by_role("button", name="Make a login and accept").click()

    page.get_by_text("You act for 云帆网络 now.").wait_for()
    assert membership.account.memberships.get(user__name="Wu Fang").role == Role.DEVELOPER


@pytest.mark.parametrize("visit", [DESK, PHONE], indirect=True, ids=["desk", "phone"])
def test_an_endpoint_is_added_tried_and_paused(visit):
    membership = factories.MembershipFactory(role=Role.DEVELOPER)
    page = visit.page
    visit.sign_in(membership.user.email)
    visit.go("/webhooks/")
    page.get_by_role("link", name="Add an endpoint").first.click()
    confirm(page)
    page.get_by_label("Address").fill("https://hooks.acme.example/sms")
    assert visit.overflow <= 0
    page.get_by_role("button", name="Add the endpoint").click()
    page.get_by_text("whsec_").wait_for()
    assert visit.overflow <= 0
    page.get_by_role("link", name="I have copied it").click()
    page.get_by_role("button", name="Send a test event").click()
    page.get_by_text("endpoint.test").wait_for()
    assert visit.overflow <= 0

    page.get_by_role("link", name="Pause").click()
    page.locator("dialog[open]").wait_for()
    page.locator("dialog button[type=submit]").click()

    page.get_by_text("Somebody of your account paused it.").wait_for()
