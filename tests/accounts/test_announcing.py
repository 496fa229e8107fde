"""Deliveries that are handed to a poster in the same process, with the commit."""

import pytest
from django.db import transaction

from accounts.models import WebhookDelivery, WebhookEndpoint
from accounts.services import announcing, webhooks
from accounts.services.webhooks import Post, Result
from smsplatform.core import clock, ids, remember
from tests import world
from tests.messaging.line import SECRET

pytestmark = pytest.mark.django_db(transaction=True)


class Poster:
    """As large as the test wants it."""

    def __init__(self, room=100):
        self.room = room
        self.shares = []

    def free(self, _endpoint_id):
        return self.room

    def take(self, shares, _asked_at):
        self.shares += shares

    @property
    def deliveries(self):
        return [one for share in self.shares for one in share.deliveries]


@pytest.fixture
def endpoint():
    remember.forget()
    account = world.make_customer().account
    yield webhooks.create_endpoint(account=account, url="https://a.example/", secret=SECRET)
    remember.forget()


def announce(endpoint, count, now):
    account_id = endpoint.account_id
    announcing.announce(
        [
            announcing.Event(account_id, ids.one(now), "message.failed", f'{{"a":{number}}}')
            for number in range(count)
        ],
        now=now,
    )


def test_a_poster_gets_what_it_has_room_for_and_the_rest_waits(endpoint):
    now, poster = clock.now(), Poster(room=2)
    with announcing.handing_to(poster):
        announce(endpoint, 5, now)

    assert [one.tries for one in poster.deliveries] == [1, 1]
    [share] = webhooks.claim(most_each=100, now=now)
    assert len(share.deliveries) == 3
    handed, claimed = poster.deliveries, share.deliveries
    assert {one.payload for one in [*handed, *claimed]} == {f'{{"a":{n}}}' for n in range(5)}


def test_what_was_handed_over_is_recorded_like_what_was_claimed(endpoint):
    now, poster = clock.now(), Poster()
    with announcing.handing_to(poster):
        announce(endpoint, 2, now)
    [share] = poster.shares

    webhooks.record([Result(Post(share.endpoint, share.deliveries), 200)], now=now)

    rows = WebhookDelivery.objects.values_list("state", "tries", "payload")
    assert sorted(rows) == [("delivered", 1, '{"a":0}'), ("delivered", 1, '{"a":1}')]


def test_nothing_is_handed_over_that_was_not_committed(endpoint):
    poster = Poster()
    with announcing.handing_to(poster), transaction.atomic():
        announce(endpoint, 2, clock.now())
        assert poster.shares == []
        transaction.set_rollback(True)

    assert poster.shares == []
    assert not WebhookDelivery.objects.exists()


def test_whoever_forgets_what_it_was_handed_loses_it_to_the_next_claim(endpoint):
    now, poster = clock.now(), Poster()
    with announcing.handing_to(poster):
        announce(endpoint, 1, now)

    assert webhooks.claim(most_each=100, now=now) == []
    [share] = webhooks.claim(most_each=100, now=now + webhooks.LEASE)
    assert [one.tries for one in share.deliveries] == [2]


def test_a_failing_endpoint_is_left_to_the_claims(endpoint):
    WebhookEndpoint.objects.update(failures=2)
    now, poster = clock.now(), Poster()
    with announcing.handing_to(poster):
        announce(endpoint, 1, now)

    assert poster.shares == []
    assert len(webhooks.claim(most_each=100, now=now)) == 1
