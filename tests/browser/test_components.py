"""Every component before somebody's eyes: in both languages, light and dark, on a desk and a phone,
with a mouse and without one."""

import pytest

from tests import factories
from tests.browser.conftest import DESK, PHONE, needs_browser

pytestmark = [pytest.mark.django_db(transaction=True), needs_browser]

PAGE = "/staff/components"
desk_and_phone = pytest.mark.parametrize(
    "visit", [DESK, PHONE], indirect=True, ids=["desk", "phone"]
)
# Everything that the Tab key should stop at.
CONTROLS = """() => [...document.querySelectorAll(
    'a[href], button:not([disabled]), input:not([type=hidden]), select, textarea, summary,'
    + ' [tabindex="0"]'
)].filter((one) => one.checkVisibility() && one.getClientRects().length)
  .filter((one) => one.type !== 'radio' || one.checked || one === document.querySelector(
      `input[type=radio][name="${one.name}"]`)).length"""
# What has the focus, and whether that can be seen; nothing at the end. A date has several stops.
FOCUSED = """() => {
    const one = document.activeElement, style = getComputedStyle(one);
    if (one === document.body || (one.dataset.seen && one !== window.before)) return null;
    const box = one.getBoundingClientRect();
    window.before = one;
    window.stops = window.stops || 0;
    one.dataset.seen = one.dataset.seen || ++window.stops;
    return {
        name: one.outerHTML.slice(0, 120), stop: one.dataset.seen,
        ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1
            || style.boxShadow !== 'none',
        inside: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    };
}"""
# Smaller than a finger's tip (WCAG 2.2, 2.5.8).
SMALL = """() => [...document.querySelectorAll(
    'button, summary, .btn, .menu-item, .side-link, .tabs a, .sort-link, .choices a'
)].filter((one) => one.checkVisibility()).filter((one) => {
    const box = one.getBoundingClientRect();
    return box.width < 24 || box.height < 24;
}).map((one) => one.outerHTML.slice(0, 90))"""


@pytest.fixture
def staff(visit):
    user = factories.UserFactory(staff=True)
    visit.sign_in(user.email)
    return visit


def choose(visit, *, theme, language):
    host = {"url": visit.address}
    visit.page.context.add_cookies(
        [
            {"name": "theme", "value": theme, **host},
            {"name": "django_language", "value": language, **host},
        ]
    )


@desk_and_phone
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_component_is_drawn(staff, theme, language):
    choose(staff, theme=theme, language=language)

    staff.go(PAGE)
    staff.page.locator("canvas").nth(3).wait_for()

    assert staff.page.evaluate("document.documentElement.lang") == language
    assert staff.page.evaluate("getComputedStyle(document.documentElement).colorScheme") == theme
    assert staff.overflow <= 0
    assert staff.page.evaluate(SMALL) == []


@desk_and_phone
def test_the_tab_key_reaches_every_control_and_shows_where_it_is(staff):
    page = staff.page
    page.emulate_media(reduced_motion="reduce")  # the page is at once where the focus goes
    staff.go(PAGE)
    page.locator("#import.is-done").wait_for(timeout=20_000)
    wanted = page.evaluate(CONTROLS)
    # The summary of what is wrong has the focus, as it should: begin at the top.
    page.evaluate("document.querySelector('.skip-link').focus()")
    for key in ("Tab", "Shift+Tab"):
        page.keyboard.press(key)

    found = {}
    while focused := page.evaluate(FOCUSED):
        found[focused["stop"]] = focused
        page.keyboard.press("Tab")

    assert [one["name"] for one in found.values() if not one["ring"]] == []
    assert [one["name"] for one in found.values() if not one["inside"]] == []
    assert len(found) >= wanted


def test_a_question_is_asked_in_a_dialog_and_leads_back(staff):
    staff.go(PAGE)
    link = staff.page.locator("a[data-dialog]")
    link.click()
    dialog = staff.page.get_by_role("dialog", name="Delete the signature")
    dialog.wait_for()

    staff.page.keyboard.press("Escape")

    assert not dialog.is_visible()
    assert link.evaluate("one => one === document.activeElement")


def test_a_yes_in_the_dialog_does_the_deed(staff):
    staff.go(PAGE)
    staff.page.locator("a[data-dialog]").click()

    staff.page.get_by_role("dialog").get_by_role("button", name="Delete the signature").click()

    staff.page.get_by_text("You were asked, and said yes.").wait_for()


def test_a_question_stays_while_the_page_behind_it_is_refreshed(visit):
    membership = factories.MembershipFactory()
    message = factories.MessageFactory(account=membership.account)
    visit.sign_in(membership.user.email)
    visit.go(f"/messages/{message.id}")

    visit.page.locator("a[data-dialog]").click()
    visit.page.get_by_role("dialog").wait_for()
    with visit.page.expect_response(lambda answer: answer.url.endswith(str(message.id))):
        pass

    assert visit.page.get_by_role("dialog").get_by_role("button").is_visible()


def test_without_a_script_every_question_is_a_page_and_every_chart_a_table(staff):
    here = staff.page.context
    plain = here.browser.new_context(java_script_enabled=False, storage_state=here.storage_state())
    page = plain.new_page()

    page.goto(staff.address + PAGE)
    assert page.locator(".chart-data table").first.is_visible()
    assert not page.locator(".chart-canvas").first.is_visible()
    page.locator("a[data-dialog]").click()
    page.get_by_role("button", name="Delete the signature").click()

    page.get_by_text("You were asked, and said yes.").wait_for()


def test_a_click_copies_and_says_so(staff):
    staff.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    staff.go(PAGE)

    staff.page.get_by_role("button", name="Copy: API key").click()

    staff.page.locator(".copy [role=status]", has_text="Copied").wait_for()
    text = staff.page.locator(".copy code").inner_text()
    assert staff.page.evaluate("navigator.clipboard.readText()") == text


def test_the_menu_of_a_phone_opens_and_closes_on_escape(visit):
    member = factories.MembershipFactory()
    visit.page.set_viewport_size(PHONE)
    visit.sign_in(member.user.email)
    menu = visit.page.locator(".shell-menu")

    menu.locator("summary").click()
    assert menu.get_by_role("link", name="Messages").is_visible()
    visit.page.keyboard.press("Escape")

    assert not menu.get_by_role("link", name="Messages").is_visible()


@pytest.mark.parametrize(
    "path",
    ["/api/docs", "/staff/", "/staff/messaging/message/", "/accounts/password/change/"],
)
def test_the_libraries_pages_keep_to_the_policy_too(staff, path):
    staff.go(path)

    staff.page.wait_for_load_state("networkidle")

    assert staff.complaints == []
