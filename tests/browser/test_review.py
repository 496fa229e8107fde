"""A company hands in its papers, and a reviewer decides them with one key."""

from datetime import UTC, datetime

import pytest

from accounts.models import Qualification, Role, User
from smsplatform.core import clock, review
from tests import factories
from tests.accounts import papers
from tests.browser.conftest import DESK, PHONE, needs_browser

pytestmark = [pytest.mark.django_db(transaction=True), needs_browser]

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _private(settings, tmp_path):
    settings.PRIVATE_DIR = tmp_path / "private"


@pytest.fixture(autouse=True)
def _day(monkeypatch):
    """The papers have dates: the clock stands where they are valid."""
    monkeypatch.setattr(clock, "_source", lambda: NOW)


@pytest.fixture
def owner():
    account = factories.AccountFactory(name="上海云帆网络科技有限公司")
    return factories.MembershipFactory(account=account, role=Role.OWNER).user


@pytest.fixture
def reviewer():
    return factories.UserFactory(staff=True, name="Mei", email="mei@example.com")


def fill(page, values):
    for name, value in values.items():
        field = page.locator(f"[name={name}]")
        if field.evaluate("each => each.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def go_on(page):
    page.locator("main .btn-primary").first.click()
    page.wait_for_load_state()


def company():
    return {name: str(value) for name, value in papers.fields().items()}


def people():
    return {
        f"{role}_{name.replace('valid_until_date', 'until_date')}": str(value)
        for role in ("legal", "handler")
        for name, value in papers.person().items()
        if (role, name) != ("legal", "phone")
    }


@pytest.mark.parametrize("visit", [DESK, PHONE], indirect=True, ids=["desk", "phone"])
def test_papers_are_handed_in_step_by_step(visit, owner, tmp_path):
    scan = tmp_path / "scan.jpg"
    scan.write_bytes(papers.picture(size=(600, 400)))
    visit.sign_in(owner.email)
    page = visit.page

    visit.go("/company/")
    go_on(page)
    fill(page, company())
    go_on(page)
    fill(page, people())
    go_on(page)
    for purpose in ("licence", "handler_front", "handler_back"):
        slot = page.locator(f"#{purpose}")
        slot.locator("input[type=file]").set_input_files(scan)
        slot.get_by_role("button", name="Upload").click()
        page.wait_for_load_state()
        slot.locator("img").wait_for()
        assert visit.overflow <= 0
    page.get_by_role("link", name="Continue").click()
    page.get_by_role("button", name="Submit for review").click()

    page.get_by_text("You have an answer by").wait_for()
    assert visit.overflow <= 0
    assert Qualification.objects.get().state == "in_review"


def sign_in_to_the_desk(visit, reviewer):
    visit.sign_in(reviewer.email)
    visit.go("/staff/")


def test_one_key_takes_the_next_one_and_one_key_approves_it(visit, reviewer):
    papers.submitted(now=NOW)
    sign_in_to_the_desk(visit, reviewer)
    visit.go("/staff/core/item/")

    with visit.page.expect_navigation():
        visit.page.keyboard.press("t")
    visit.page.locator(".review-zoom img").first.wait_for()
    with visit.page.expect_navigation():
        visit.page.keyboard.press("a")

    assert Qualification.objects.get().state == "approved"
    assert "Nothing waits" in visit.page.locator(".messagelist").inner_text()


def test_a_digit_ticks_a_reason_and_one_key_rejects(visit, reviewer):
    papers.submitted(now=NOW)
    sign_in_to_the_desk(visit, reviewer)
    visit.go(f"/staff/core/item/{review.Item.objects.get().pk}/change/")

    visit.page.keyboard.press("r")  # without a reason nothing is sent
    assert Qualification.objects.get().state == "in_review"
    visit.page.keyboard.press("2")
    with visit.page.expect_navigation():
        visit.page.keyboard.press("r")

    assert Qualification.objects.get().state == "rejected"
    assert [reason["code"] for reason in review.Item.objects.get().reasons] == ["name_differs"]


def test_what_is_typed_decides_nothing(visit, reviewer):
    papers.submitted(now=NOW)
    sign_in_to_the_desk(visit, reviewer)
    visit.go(f"/staff/core/item/{review.Item.objects.get().pk}/change/")

    visit.page.locator("#text-other").press_sequentially("a near miss")

    assert Qualification.objects.get().state == "in_review"
    assert User.objects.filter(pk=reviewer.pk).exists()
