"""The page of one operator: what waits, what was handed in, what came back, what will lapse."""

from datetime import timedelta

import pytest
from django.urls import reverse

from smsplatform.core import clock
from templates_app.models import SignatureFiling
from templates_app.services import filing, filing_desk
from tests import factories
from tests.templates_app.filings import office, waiting

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _office():
    office()


@pytest.fixture
def desk(client):
    client.force_login(factories.staff("desk@example.com"))
    return client


def move(one, *states, at):
    for state in states:
        assert filing.record(filing_ids=[one.pk], state=state, now=at)
    return one


def page(desk, operator="mobile", **query):
    return desk.get(reverse("admin:templates_app_signaturefiling_desk", args=[operator]), query)


def shown(answer):
    return [one.signature.text for one in answer.context["page"].object_list]


def piled(now):
    return {
        name: [
            one.signature.text for one in filing_desk.pile(operator="mobile", name=name, now=now)
        ]
        for name in filing_desk.PILES
    }


def test_each_filing_lies_on_the_piles_where_something_is_to_be_done():
    now = clock.now()
    waiting("未报备")
    move(waiting("新近"), "filing", at=now)
    move(waiting("迟了"), "filing", at=now - 60 * DAY)
    move(waiting("被拒"), "filing", "failed", at=now)
    move(waiting("不久"), "filing", "filed", at=now - 160 * DAY)
    move(waiting("马上"), "filing", "filed_unverified", at=now - 175 * DAY)
    move(waiting("失效"), "filing", "filed", "lapsed", at=now - 200 * DAY)
    move(waiting("安好"), "filing", "filed", at=now)

    found = piled(now)

    assert found == {
        "waiting": ["未报备", "失效"],
        "handed_in": ["迟了", "新近"],
        "overdue": ["迟了"],
        "refused": ["被拒"],
        "lapsing": ["马上", "不久"],
        "lapsing_now": ["马上"],
    }
    counts = filing_desk.counts(now=now)
    assert counts["mobile"] == {name: len(rows) for name, rows in found.items()}
    assert counts["unicom"]["waiting"] == 8


def test_a_signature_that_is_not_approved_does_not_wait():
    one = waiting("云帆")
    type(one.signature).objects.filter(pk=one.signature_id).advance("suspended")

    assert piled(clock.now())["waiting"] == []


def test_the_page_says_what_is_handed_in_and_since_when(desk):
    now = clock.now()
    move(waiting("云帆"), "filing", at=now - 40 * DAY)

    answer = page(desk, pile="overdue")

    assert shown(answer) == ["云帆"]
    assert "1\xa0month" in answer.content.decode()
    assert "overdue" in answer.content.decode()


def test_who_lacks_papers_is_shown_and_cannot_be_ticked(desk):
    one = waiting("云帆", with_papers=False)

    text = page(desk).content.decode()

    assert "no approved qualification for this use" in text
    assert f'value="{one.pk}"' in text
    assert "disabled" in text


def test_an_operator_that_there_is_none_of_answers_404(desk):
    assert page(desk, "nokia").status_code == 404


def test_the_list_of_filings_leads_to_the_desk(desk):
    text = desk.get(reverse("admin:templates_app_signaturefiling_changelist")).content.decode()

    assert reverse("admin:templates_app_signaturefiling_desk", args=["mobile"]) in text


def test_a_page_asks_as_often_for_many_as_for_one(desk, django_assert_num_queries):
    waiting("云帆")
    with django_assert_num_queries(5):
        page(desk)
    SignatureFiling.objects.update(due_at=None)
    for number in range(60):
        waiting(f"签名{number}")

    with django_assert_num_queries(5):
        first = page(desk)
    second = page(desk, page=2)

    assert (len(shown(first)), len(shown(second))) == (50, 11)
