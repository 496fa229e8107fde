"""The overview of the review desk: what waits, how long, who decides how fast."""

from datetime import UTC, datetime, timedelta

import pytest

from reports.services import reviewing
from smsplatform.core import clock, review
from smsplatform.core.review import Item
from tests import factories

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)  # a Monday, 14:00 in Shanghai


@pytest.fixture
def kind():
    """Any that an app has registered."""
    return review.kinds()[0]


@pytest.fixture
def at_two(monkeypatch):
    monkeypatch.setattr(clock, "_source", lambda: NOW)


def item(kind, target_id, *, opened_at=NOW - timedelta(hours=4), **facts):
    return Item.objects.create(
        kind=kind.name,
        target_id=target_id,
        account_id=1,
        title=f"Subject {target_id}",
        opened_at=opened_at,
        **{"due_at": NOW + timedelta(hours=4), "rank_at": opened_at, **facts},
    )


def decided(kind, target_id, *, by="Li", decision="approved", hours=2.0, days_ago=0, **facts):
    decided_at = NOW - timedelta(days=days_ago)
    return item(
        kind,
        target_id,
        opened_at=decided_at - timedelta(hours=hours),
        state="decided",
        decision=decision,
        decided_at=decided_at,
        decided_by_id=1,
        decided_by_name=by,
        **facts,
    )


def test_what_waits_is_told_for_each_kind(kind):
    item(kind, 1, opened_at=NOW - timedelta(days=2), due_at=NOW - timedelta(hours=1))
    item(kind, 2, nudged_at=NOW)
    decided(kind, 3)

    waiting = reviewing.overview(now=NOW).waiting

    assert [one.kind for one in waiting] == [one.name for one in review.kinds()]
    assert (waiting[0].count, waiting[0].overdue, waiting[0].nudged) == (2, 1, 1)
    assert waiting[0].oldest_at == NOW - timedelta(days=2)
    assert all((one.count, one.oldest_at) == (0, None) for one in waiting[1:])


def test_a_decision_counts_on_its_day_where_the_staff_are(kind):
    decided(kind, 1)
    late_evening = datetime(2026, 11, 22, 15, 59, tzinfo=UTC)  # 23:59 on Sunday
    decided(kind, 2, decision="rejected", days_ago=(NOW - late_evening) / timedelta(days=1))
    decided(kind, 3, days_ago=40)

    by_day = reviewing.overview(now=NOW).by_day

    assert len(by_day) == reviewing.DAYS
    assert by_day[NOW.date()] == {"approved": 1, "needs_more": 0, "rejected": 0}
    assert by_day[NOW.date() - timedelta(days=1)]["rejected"] == 1
    assert sum(sum(day.values()) for day in by_day.values()) == 2


def test_speed_is_the_time_from_submission_to_decision(kind):
    for target_id, hours in enumerate((1, 2, 3, 10)):
        decided(kind, target_id, hours=hours, due_at=NOW - timedelta(hours=hours - 4))
    decided(kind, 9, by="Wang", decision="rejected", hours=5)

    found = reviewing.overview(now=NOW)

    li, wang = found.by_person
    assert (li.name, li.decided, li.approved_percent, li.late) == ("Li", 4, 100, 1)
    assert (li.median_hours, round(li.slow_hours, 1)) == (2.5, 7.9)
    assert (wang.decided, wang.approved_percent) == (1, 0)
    [of_kind] = found.by_kind
    assert (of_kind.name, of_kind.decided, of_kind.median_hours) == (kind.label, 5, 3.0)


def test_the_commonest_reasons_come_first(kind):
    for target_id, codes in enumerate((["blurred", "expired"], ["blurred"])):
        reasons = [{"code": code, "field": "", "text": "…"} for code in codes]
        decided(kind, target_id, decision="needs_more", reasons=reasons)

    assert reviewing.overview(now=NOW).reasons == [
        (kind.name, "blurred", 2),
        (kind.name, "expired", 1),
    ]


def test_the_page_shows_it_with_five_queries_however_many_there_are(
    client, kind, at_two, django_assert_max_num_queries
):
    client.force_login(factories.staff("desk@example.com", "a long enough password"))
    for target_id in range(30):
        item(kind, target_id)
        decided(kind, 100 + target_id)

    with django_assert_max_num_queries(5 + ABOUT_THE_READER):
        response = client.get("/staff/reviews")

    page = response.content.decode()
    assert response.status_code == 200
    assert "Li" in page
    assert "100 %" in page


# Session, person, and what the shell asks.
ABOUT_THE_READER = 5


def test_the_first_page_of_the_desk_says_what_waits(client, kind, at_two):
    client.force_login(factories.staff("desk@example.com", "a long enough password"))
    item(kind, 1, opened_at=NOW - timedelta(days=2), due_at=NOW - timedelta(hours=1))

    page = client.get("/staff/").content.decode()

    assert "What waits for a decision" in page
    assert "2\xa0days" in page
    assert "/staff/reviews" in page


def test_an_empty_desk_says_so(client, at_two):
    client.force_login(factories.staff("desk@example.com", "a long enough password"))

    page = client.get("/staff/reviews").content.decode()

    assert "Nothing was decided in these days" in page
    assert "Nothing waits." in page


def test_staff_who_may_not_review_do_not_see_it(client):
    client.force_login(
        factories.staff("money@example.com", "a long enough password", is_superuser=False)
    )

    assert client.get("/staff/reviews").status_code == 403
