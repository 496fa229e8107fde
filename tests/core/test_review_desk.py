"""The staff's desk: one queue, one key, one request."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from accounts.models import User
from smsplatform.core import clock, review
from smsplatform.core.audit import AuditEntry
from smsplatform.core.review.models import CannedReply, Item
from tests import factories
from tests.core import review_kinds
from tests.core.review_kinds import opened

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
QUEUE = "admin:core_item_changelist"


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr(clock, "_source", lambda: NOW)


@pytest.fixture
def things():
    return review_kinds.registered()


@pytest.fixture
def staff(client, things):
    user = factories.staff("desk@example.com", "a long enough password", name="Mei")
    client.force_login(user)
    return client


def page(item):
    return reverse("admin:core_item_change", args=[item.pk])


def act(client, item, name, **form):
    return client.post(reverse(f"admin:core_item_{name}", args=[item.pk]), form)


def queue_of(client, **asked):
    return [item.title for item in client.get(reverse(QUEUE), asked).context["cl"].result_list]


def test_the_queue_shows_what_presses_most_first(staff):
    opened(NOW - timedelta(hours=1), 1, title="Second")
    opened(NOW, 2, title="First", priority=3)
    review.withdraw(kind=review_kinds.NAME, target_id=opened(NOW, 3).target_id, now=NOW)

    assert queue_of(staff) == ["First", "Second"]


def test_the_queue_is_filtered_by_kind_mine_and_overdue(staff, things):
    late = opened(NOW - timedelta(days=10), 1, title="Late")
    opened(NOW, 2, title="Fresh")
    act(staff, late, "take")

    assert queue_of(staff, shown="overdue") == ["Late"]
    assert queue_of(staff, shown="mine") == ["Late"]
    assert queue_of(staff, kind=review_kinds.NAME) == ["Late", "Fresh"]
    assert queue_of(staff, kind="nobody's") == []


def test_the_queue_tells_who_holds_what_and_what_is_late(staff):
    item = opened(NOW - timedelta(days=10), title="Late", facts={"country": "CN"})
    act(staff, item, "take")

    html = staff.get(reverse(QUEUE)).content.decode()
    assert "Mei" in html
    assert "tone-bad" in html
    assert "country CN" in html


@pytest.mark.parametrize("count", [1, 40])
def test_the_queue_costs_six_queries_however_long_it_is(count, staff, django_assert_num_queries):
    for number in range(count):
        item = opened(NOW, number)
        review.claim(item_id=item.pk, by_id=User.objects.get().pk, now=NOW)

    with django_assert_num_queries(6):
        staff.get(reverse(QUEUE))


def test_a_thousand_open_with_as_many_queries_as_one(staff, django_assert_num_queries):
    first = opened(NOW)
    Item.objects.bulk_create(
        Item(
            kind=first.kind,
            target_id=number,
            account_id=7,
            title=f"Thing {number}",
            opened_at=NOW,
            due_at=first.due_at,
            rank_at=first.rank_at,
        )
        for number in range(2, 1001)
    )

    with django_assert_num_queries(5):
        found = staff.get(reverse(QUEUE))

    assert found.context["cl"].result_count == 1000


def test_a_page_costs_nine_queries_and_is_audited(staff, django_assert_num_queries):
    item = opened(NOW)
    CannedReply.objects.create(title="Hello", text="Thank you for waiting.")

    with django_assert_num_queries(9):
        html = staff.get(page(item)).content.decode()

    assert "Scan it again, sharper." in html
    assert "Thank you for waiting." in html
    assert AuditEntry.objects.filter(action="review.viewed", target=f"core.item:{item.pk}").exists()


def test_one_request_approves_and_brings_the_next(staff, things):
    item, other = opened(NOW, 1), opened(NOW, 2)

    answer = act(staff, item, "decide", decision="approved")

    assert things.decided == [(1, "approved", [])]
    assert answer.headers["Location"] == page(other)
    other.refresh_from_db()
    assert other.claimed_by_id == User.objects.get().pk


def test_the_last_one_leads_back_to_the_queue(staff):
    answer = act(staff, opened(NOW), "decide", decision="approved")

    assert answer.headers["Location"] == reverse(QUEUE)


def test_a_rejection_tells_what_was_added_the_reply_and_own_words(staff, things):
    item = opened(NOW)
    reply = CannedReply.objects.create(title="Hello", text="Thank you for waiting.")

    act(
        staff,
        item,
        "decide",
        decision="rejected",
        reason=["blurred"],
        reply=[reply.pk],
        **{"text-blurred": "Page two is blurred.", "text-other": "Call us."},
    )

    assert things.decided == [
        (1, "rejected", ["Page two is blurred.", "Thank you for waiting.", "Call us."])
    ]


def test_a_rejection_without_a_reason_keeps_what_was_typed(staff, things):
    answer = act(staff, opened(NOW), "decide", decision="rejected", **{"text-blurred": "Mine."})

    assert (answer.status_code, things.decided) == (422, [])
    assert "Mine." in answer.content.decode()


def test_whoever_comes_second_is_told_who_decided(staff, things):
    item = opened(NOW)
    review.decide(item_id=item.pk, decision="approved", reasons=[], by_id=99, by_name="Wu", now=NOW)

    answer = act(staff, item, "decide", decision="rejected", reason=["blurred"])

    assert answer.status_code == 422
    assert "Somebody decided this before you" in answer.content.decode()
    assert len(things.decided) == 1


def test_one_taken_by_a_colleague_says_so(staff):
    colleague = factories.staff("wu@example.com", name="Wu")
    item = opened(NOW)
    review.claim(item_id=item.pk, by_id=colleague.pk, now=NOW)

    assert "Taken by Wu" in staff.get(page(item)).content.decode()
    act(staff, item, "take")
    item.refresh_from_db()
    assert item.claimed_by_id == colleague.pk


def test_the_selected_are_approved_where_their_kind_allows_it(staff, things):
    items = [opened(NOW, 1), opened(NOW, 2, needs_two=True)]
    form = {"action": "approve_many", "_selected_action": [item.pk for item in items]}

    staff.post(reverse(QUEUE), form)

    assert things.decided == [(1, "approved", [])]
    assert Item.objects.get(target_id=2).state == "second_look"


def test_the_selected_of_a_strict_kind_wait_on(staff):
    strict = review_kinds.registered(may_approve_many=False)
    form = {"action": "approve_many", "_selected_action": [opened(NOW).pk]}

    answer = staff.post(reverse(QUEUE), form, follow=True)

    assert strict.decided == []
    assert "decide them one by one" in answer.content.decode()


def test_precedents_are_the_decided_ones_with_the_most_similar_titles(staff):
    for number, title in enumerate(["Silk Road Trading", "Moon Bakery", "Silk Road Trade"]):
        item = opened(NOW, 100 + number, title=title, account_id=number)
        act(staff, item, "decide", decision="approved")

    shown = staff.get(page(opened(NOW, title="Silk Road Traders"))).context["screen"]

    assert [one.title for one in shown.precedents] == [
        "Silk Road Trade",
        "Silk Road Trading",
        "Moon Bakery",
    ]


def test_a_colleague_who_may_only_look_decides_nothing(client, things):
    from django.contrib.auth.models import Permission

    user = factories.staff("look@example.com", is_superuser=False)
    user.user_permissions.add(Permission.objects.get(codename="view_item"))
    client.force_login(user)
    item = opened(NOW)

    html = client.get(page(item)).content.decode()

    assert 'name="decision"' not in html
    assert act(client, item, "decide", decision="approved").status_code == 403
    assert act(client, item, "take").status_code == 403
    assert things.decided == []


@pytest.mark.parametrize("name", ["take", "release", "decide"])
def test_nothing_is_done_by_a_link(name, staff):
    item = opened(NOW)

    assert staff.get(reverse(f"admin:core_item_{name}", args=[item.pk])).status_code == 405


def test_the_pages_load_nothing_inline(staff):
    html = (
        staff.get(page(opened(NOW))).content.decode() + staff.get(reverse(QUEUE)).content.decode()
    )

    assert " style=" not in html
    assert "<style" not in html
    assert " onclick" not in html
