"""Signs in, looks at home in both languages, on a desk and on a phone."""

import pytest

from messaging.models import Message
from messaging.states import State
from smsplatform.core import clock
from tests import factories
from tests.browser.conftest import DESK, PHONE, needs_browser

pytestmark = [pytest.mark.django_db(transaction=True), needs_browser]


@pytest.fixture
def member():
    membership = factories.MembershipFactory()
    factories.WalletFactory(account=membership.account)
    factories.WalletFactory(account=membership.account, parts=True)
    for trait in ("delivered", "undelivered", "uncertain", "sent"):
        factories.MessageFactory(account=membership.account, **{trait: True})
    return membership


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
