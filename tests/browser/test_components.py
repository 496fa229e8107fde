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
# Marks what has the focus, and says whether that can be seen.
FOCUSED = """() => {
    const one = document.activeElement, style = getComputedStyle(one);
    if (one === document.body) return null;
    const box = one.getBoundingClientRect();
    const seen = one.dataset.seen === '1';
    one.dataset.seen = '1';
    return {
        name: one.outerHTML.slice(0, 120), seen,
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
    staff.go(PAGE)
    staff.page.locator("#import.is-done").wait_for(timeout=20_000)
    # The summary of what is wrong took the focus, as it should: begin at the top.
    staff.page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    staff.page.locator(".skip-link").evaluate("one => { one.focus(); one.blur(); }")
    wanted, found = staff.page.evaluate(CONTROLS), []

    for _ in range(wanted + 20):
        staff.page.keyboard.press("Tab")
        focused = staff.page.evaluate(FOCUSED)
        if focused is None or focused["seen"]:
            break
        found.append(focused)

    assert [one["name"] for one in found if not one["ring"]] == []
    assert [one["name"] for one in found if not one["inside"]] == []
    assert len(found) >= wanted
