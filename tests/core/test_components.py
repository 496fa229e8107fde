"""What the components are made of: ways around, tones, sorting, tables, forms, charts."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import resolve
from django.utils import translation

from accounts.models import Account
from smsplatform import listing, navigation, showroom
from smsplatform.components import Chart, Column, Empty, Series, Table
from smsplatform.core import tones
from smsplatform.listing import Sorting
from smsplatform.navigation import Entry, Group
from tests import factories
from tests.architecture import tree
from tests.portal import sign_in

STATES = [
    pytest.param(choice.value, id=f"{choices.__module__}.{choices.__name__}.{choice.value}")
    for choices in showroom.every_state()
    for choice in choices
]
SPRITE = finders.find("vendor/icons/icons.svg")
EMPTY = Empty("Nothing", "Not yet")


@dataclass
class Reader:
    permissions: frozenset[str]

    def may(self, permission: str) -> bool:
        return permission in self.permissions


def hrefs(*entries, may=(), path="/"):
    reader = Reader(frozenset(may))
    shown = navigation.shown(reader=reader, path=path, groups=[Group("Group", entries)])
    return [link.href for _heading, links in shown for link in links]


def render(template, path="/", **context):
    return render_to_string(template, context, request=RequestFactory().get(path))


# --- ways around


def test_an_entry_shows_only_to_who_may_look():
    entry = Entry("message-list", "Messages", "home", permission="messages.read")

    assert hrefs(entry) == []
    assert hrefs(entry, may=["messages.read"]) == ["/messages/"]


def test_an_entry_whose_page_is_not_here_is_left_out_and_so_is_its_empty_group():
    assert hrefs(Entry("page-of-tomorrow", "Tomorrow", "home")) == []
    assert navigation.shown(reader=Reader(frozenset()), path="/", groups=[Group("No", ())]) == []


@pytest.mark.parametrize(
    ("path", "current"),
    [("/", ["page", ""]), ("/messages/", ["", "page"]), ("/messages/7", ["", "true"])],
)
def test_the_way_around_marks_where_one_is(path, current):
    groups = [Group("", [Entry("home", "Home", "home"), Entry("message-list", "M", "home")])]

    [(_heading, links)] = navigation.shown(reader=Reader(frozenset()), path=path, groups=groups)

    assert [link.current for link in links] == current


@pytest.mark.parametrize(
    "entry",
    [entry for group in navigation.GROUPS for entry in group.entries],
    ids=lambda entry: entry.url_name,
)
def test_an_entry_asks_for_what_its_page_asks_for(entry):
    here = navigation.address(entry.url_name)
    page = getattr(resolve(here).func, "view_class", None) if here else None

    assert getattr(page, "permission", "") in ("", entry.permission)


def test_every_icon_of_a_template_or_a_list_is_in_the_sprite():
    with open(SPRITE) as file:
        there = set(re.findall(r'<symbol id="([^"]+)"', file.read()))
    drawn = {
        name
        for path in tree.templates()
        for name in re.findall(r'icon\.html" with name="([^"]+)"', path.read_text())
    }
    listed = {entry.icon for group in navigation.GROUPS for entry in group.entries}

    assert (drawn | listed) - there == set()


# --- words


@pytest.mark.parametrize("state", STATES)
def test_every_state_of_every_app_has_a_tone(state):
    assert state in tones.TONES


def test_a_word_has_one_tone():
    words = [word for words in tones._WORDS.values() for word in words.split()]

    assert sorted(words) == sorted(set(words))


def test_a_state_that_nobody_knows_looks_neither_good_nor_bad():
    assert tones.of("of-tomorrow") == "going"


# --- light and dark


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_chosen_theme_is_kept_on_every_page(client, db, theme):
    sign_in(client)

    response = client.post("/theme", {"theme": theme, "next": "/messages/"})

    assert response.url == "/messages/"
    assert f'data-bs-theme="{theme}"' in client.get("/").text


def test_the_system_decides_where_nobody_chose_or_somebody_takes_it_back(client, db):
    sign_in(client)
    assert "data-bs-theme" not in client.get("/").text

    client.post("/theme", {"theme": "dark"})
    client.post("/theme", {"theme": "system"})

    assert "data-bs-theme" not in client.get("/").text


@pytest.mark.parametrize("elsewhere", ["https://elsewhere.example/", "//elsewhere.example", ""])
def test_choosing_a_theme_leads_nobody_elsewhere(client, db, elsewhere):
    assert client.post("/theme", {"theme": "dark", "next": elsewhere}).url == "/"


def test_a_theme_that_is_none_reaches_no_page(client, db):
    client.cookies["theme"] = '"><script>'

    assert "data-bs-theme" not in client.get("/accounts/login/").text


# --- sorting, and page after page


@pytest.mark.parametrize(
    ("asked", "word"),
    [("name", "name"), ("-name", "-name"), ("secret", "-id"), ("--name", "-id"), (None, "-id")],
)
def test_a_list_is_sorted_by_what_is_allowed(asked, word):
    assert Sorting.read(asked, allowed=("name",), default="-id").word == word


@pytest.mark.parametrize("asked", ["name", "-name", "created_at", "-created_at", "country"])
def test_page_after_page_shows_each_row_once_and_in_order(db, asked):
    for number in range(7):
        factories.AccountFactory(name=f"Name {number % 3}")
    sorting = Sorting.read(asked, allowed=(asked.strip("-"),), default="id")

    seen, cursor = [], ""
    while cursor is not None:
        page = listing.cut(Account.objects.all(), sorting=sorting, cursor=cursor, limit=2)
        seen += page.rows
        cursor = page.next_cursor or None

    assert seen == list(Account.objects.order_by(*sorting.order))


@pytest.mark.parametrize("cursor", ["x", "W10", "bnVsbA", "WyJhIl0", "é", "WyJhIiwgIngiXQ"])
def test_a_cursor_that_tells_nothing_is_the_first_page(db, cursor):
    factories.AccountFactory()
    sorting = Sorting("name", is_down=False)

    assert len(listing.cut(Account.objects.all(), sorting=sorting, cursor=cursor).rows) == 1


# --- tables


def table(**facts):
    columns = (Column("Name", sort="name"), Column("Made", sort="made"), Column("Parts"))
    row = {"name": "A", "parts": 1, "state": "approved", "label": "ok", "at": datetime.now(UTC)}
    facts = {"rows": [row], **facts}
    return Table(
        caption="Things",
        columns=columns,
        row_template="staff/components/table_row.html",
        empty=EMPTY,
        sorting=Sorting("name", is_down=False),
        **facts,
    )


def test_a_header_turns_the_order_keeps_the_filter_and_begins_anew():
    text = render("components/table.html", "/x?state=new&cursor=abc&sort=name", table=table())

    assert 'href="?state=new&amp;sort=-name"' in text
    assert 'href="?state=new&amp;sort=made"' in text
    assert text.count('aria-sort="ascending"') == text.count('aria-sort="none"') == 1


def test_the_export_takes_the_filter_and_all_pages():
    text = render("components/table.html", "/x?state=new&cursor=abc", table=table(export="/csv"))

    assert 'href="/csv?state=new"' in text


def test_the_next_page_keeps_filter_and_order():
    text = render("components/table.html", "/x?state=new&sort=name", table=table(next_cursor="n"))

    assert 'href="?state=new&amp;sort=name&amp;cursor=n"' in text


def test_an_empty_table_teaches_and_exports_nothing():
    text = render("components/table.html", table=table(rows=[], export="/csv"))

    assert "Not yet" in text
    assert "<table" not in text
    assert "/csv" not in text


# --- forms


def test_a_field_is_described_by_its_help_and_its_mistake():
    form = showroom.SampleForm({"f-name": ""}, prefix="f")

    text = render("components/form_fields.html", form=form)

    described = re.search(r'<input[^>]*name="f-name"[^>]*>', text)[0]
    assert 'aria-describedby="id_f-name_helptext id_f-name_error"' in described
    assert 'aria-invalid="true"' in described
    assert 'id="id_f-name_helptext"' in text
    assert 'id="id_f-name_error"' in text


def test_the_summary_leads_to_every_mistake():
    form = showroom.SampleForm({"f-name": ""}, prefix="f")

    summary = render("components/error_summary.html", form=form)
    page = render("components/form_fields.html", form=form)

    targets = re.findall(r'href="#([^"]+)"', summary)
    assert len(targets) == len(form.errors)
    assert all(f'id="{target}"' in page for target in targets)


def test_a_form_without_mistakes_has_no_summary():
    form = showroom.SampleForm(prefix="f")

    assert render("components/error_summary.html", form=form).strip() == ""


# --- charts


def chart():
    return Chart("k", "Title", "stack", ["a", "b"], (Series("good", "good", [1, 2]),))


def test_a_chart_says_the_same_as_its_table():
    text = render("components/chart_canvas.html", chart=chart())

    assert '<script id="k" type="application/json">' in text
    assert re.findall(r"<td[^>]*>(\d)</td>", text) == ["1", "2"]


def test_a_label_in_a_chart_cannot_end_its_script():
    evil = Chart("k", "T", "bar", ["</script><b>"], (Series("s", "good", [1]),))

    assert "</script><b>" not in render("components/chart_canvas.html", chart=evil)


# --- what goes on


def test_progress_asks_again_until_it_is_done():
    going = {"key": "k", "label": "Import", "most": 10, "poll": "/again"}

    assert 'hx-get="/again"' in render("components/progress.html", value=9, **going)
    assert "hx-get" not in render("components/progress.html", value=10, **going)


def test_a_number_in_an_attribute_is_written_for_machines():
    with translation.override("en"):
        text = render("components/progress.html", key="k", label="I", value=1234, most=5000)

    assert 'value="1234"' in text
    assert "1,234 of 5,000" in text


# --- the page that shows them all


@pytest.fixture
def staff(client, db):
    user = factories.UserFactory(staff=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_question_is_a_page_and_for_htmx_its_part(staff):
    page = staff.get("/staff/components?ask=1").text
    part = staff.get("/staff/components?ask=1", headers={"HX-Request": "true"}).text

    assert "<html" in page
    assert "<html" not in part
    for text in (page, part):
        assert 'method="post" action="/staff/components"' in re.sub(r"\s+", " ", text)


def test_a_yes_is_posted_and_told(staff):
    text = staff.post("/staff/components", follow=True).text

    assert "You were asked, and said yes." in text


def test_the_page_shows_every_component(staff):
    shown = {
        template.name
        for template in staff.get("/staff/components").templates
        if template.name and template.name.startswith("components/")
    }
    folder = tree.ROOT / "smsplatform" / "templates" / "components"
    there = {f"components/{path.name}" for path in folder.iterdir()}
    elsewhere = {
        "components/account_notice.html",  # a notice about the reader's own account
        "components/chart.html",  # the chart that refreshes itself, on the home page
        "components/chart_table.html",
        "components/message_rows.html",  # messages, on their own pages
        "components/price.html",
        "components/state.html",
        "components/question.html",  # asked for by `confirm`
    }

    assert there - shown - elsewhere == set()
