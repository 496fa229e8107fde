"""Whose turn it is: urgent classes first, customers alike, and only what is due."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from messaging.models import Due
from messaging.services import turns
from messaging.services.routing import Place
from smsplatform.core import ids

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 5, 12, tzinfo=UTC)
HERE = (1, 0)
VERIFICATION, MARKETING = 0, 2


def wait(
    account_id: int,
    count: int,
    *,
    lane: int = MARKETING,
    place: Place = HERE,
    due_at: datetime = NOW,
) -> list[Due]:
    route_id, step = place
    return Due.objects.bulk_create(
        Due(
            message_id=message_id,
            route_id=route_id,
            step=step,
            lane=lane,
            account_id=account_id,
            due_at=due_at,
            valid_until=NOW + timedelta(days=1),
        )
        for message_id in ids.series(due_at, count)
    )


def taken(most: int, *places: Place) -> Counter[int]:
    """How many of each account."""
    owners = dict(Due.objects.values_list("message_id", "account_id"))
    return Counter(owners[one] for one in turns.take(places or [HERE], most=most, now=NOW))


def test_a_million_of_one_cost_another_nothing():
    wait(1, 500)
    wait(2, 3)

    assert taken(100) == {1: 50, 2: 3}
    assert taken(100) == {1: 100}


def test_customers_who_wait_alike_go_alike():
    for account_id in (1, 2, 3, 4):
        wait(account_id, 200)

    assert taken(100) == {1: 25, 2: 25, 3: 25, 4: 25}


def test_an_urgent_class_goes_before_everybody_elses_bulk():
    wait(1, 500)
    wait(2, 500)
    wait(3, 40, lane=VERIFICATION)

    served = taken(50)

    assert served[3] == 40
    assert served[1] + served[2] == 10


def test_of_a_crowd_larger_than_a_claim_nobody_is_always_the_last():
    for account_id in range(1, 41):
        wait(account_id, 30)

    served = Counter[int]()
    for _claim in range(30):
        served += taken(10)

    assert sum(served.values()) == 300
    assert len(served) > 30


def test_the_oldest_of_a_customer_goes_first():
    late, early = wait(1, 1), wait(1, 1, due_at=NOW - timedelta(minutes=1))

    assert turns.take([HERE], most=1, now=NOW) == [early[0].message_id]
    assert turns.take([HERE], most=1, now=NOW) == [late[0].message_id]


def test_only_what_is_due_and_served_here_is_taken():
    wait(1, 1, due_at=NOW + timedelta(seconds=1))
    wait(1, 1, lane=-1 - MARKETING)
    wait(1, 1, place=(1, 1))
    wait(1, 1, place=(2, 0))

    assert taken(10) == {}
    assert taken(10, (1, 1), (2, 0)) == {1: 2}


def test_some_messages_of_a_shared_place_wait_a_little_for_its_own_carrier():
    wait(1, 400)

    taken_by_the_other = turns.take([HERE], shared=[HERE], most=400, now=NOW)

    assert 0 < Due.objects.count() < 100
    assert not any(one.bytes[15] % 8 == 0 for one in taken_by_the_other)
    late = NOW + turns.SHARED_FOR
    assert len(turns.take([HERE], shared=[HERE], most=400, now=late)) == 400 - len(
        taken_by_the_other
    )


def test_its_own_carrier_takes_of_a_shared_place_whatever_is_there():
    wait(1, 400)
    turns.take([HERE], shared=[HERE], most=400, now=NOW)
    left = Due.objects.count()

    assert len(turns.take([HERE], most=400, now=NOW)) == left


def test_what_is_taken_has_left_the_queue():
    wait(1, 3)

    assert taken(10) == {1: 3}
    assert not Due.objects.exists()


def test_a_claim_asks_once_however_many_wait(django_assert_num_queries):
    for account_id in range(1, 11):
        wait(account_id, 50)

    with django_assert_num_queries(1):
        turns.take([HERE], most=100, now=NOW)


@pytest.mark.parametrize("most", [1, 10])
def test_no_more_is_taken_than_asked_for_though_the_statistics_are_old(most):
    wait(1, 1)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE messaging_due")
    wait(1, 99)

    assert taken(most) == {1: most}
