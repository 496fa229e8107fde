"""A developer makes a key by a browser."""

import pytest

from tests import factories
from tests.browser.conftest import DESK, PHONE, needs_browser

pytestmark = [pytest.mark.django_db(transaction=True), needs_browser]


@pytest.mark.parametrize("visit", [DESK, PHONE], indirect=True, ids=["desk", "phone"])
def test_a_key_is_made_after_the_password_and_revoked(visit):
    membership = factories.MembershipFactory()
    factories.ProjectFactory(account=membership.account, name="Main")
    page = visit.page
    visit.sign_in(membership.user.email)
    visit.go("/keys/")
    visit.go("/keys/new")
    page.locator("input[type=password]").fill(factories.PASSWORD)
    page.locator("main button[type=submit]").first.click()
    page.wait_for_url("**/keys/new")
    page.get_by_label("Name").fill("shop server")
    page.locator("main form button[type=submit]").last.click()
    page.locator("code").first.wait_for()
    visit.go("/keys/")
    assert visit.overflow <= 0
    page.get_by_role("link", name="Revoke").click()
    page.locator("dialog[open]").wait_for()
    page.locator("dialog button[type=submit]").click()
    page.get_by_text("The key is revoked.").wait_for()
    assert visit.overflow <= 0
