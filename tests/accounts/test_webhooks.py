"""What customers are told: planned, claimed with a lease, tried again, given up."""

import base64
import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.urls import reverse
from standardwebhooks import Webhook

from accounts.models import WebhookDelivery, WebhookEndpoint
from accounts.services import announcing, webhooks
from accounts.services.webhooks import RETRY_AFTER_SECONDS, Post, Result
from smsplatform.core import clock, ids, remember
from smsplatform.core.models import AuditEntry
from tests import factories, world

pytestmark = pytest.mark.django_db

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


class Desk:
    """One customer and one poster; time is added to the database's."""

    def __init__(self):
        self.account = world.make_customer().account
        self.now = clock.now()

    def endpoint(self, url="https://a.example/", **fields):
        endpoint = webhooks.create_endpoint(account=self.account, url=url, secret=SECRET, **fields)
        remember.forget()
        return endpoint

    def plan(self, *kinds):
        announcing.announce(
            [
                announcing.Event(self.account.id, ids.one(self.now), kind, '{"a":1}')
                for kind in kinds
            ],
            now=self.now,
        )

    def claim(self, most_each=100, **more):
        """A post for each delivery."""
        shares = webhooks.claim(most_each=most_each, now=self.now, **more)
        return [Post(share.endpoint, [one]) for share in shares for one in share.deliveries]

    def record(self, posts, status=200, error="", **more):
        webhooks.record([Result(post, status, error, **more) for post in posts], now=self.now)

    def give_back(self, posts):
        webhooks.give_back([one for post in posts for one in post.deliveries], now=self.now)

    def later(self, **duration):
        self.now += timedelta(**duration)


@pytest.fixture
def desk():
    desk = Desk()
    desk.first = desk.endpoint()
    return desk


def headers(post, at=0):
    """As whoever receives it reads them."""
    lines = webhooks.headers(post, webhooks.body(post), at=at).decode().split("\r\n")
    assert lines.pop() == ""
    return dict(line.split(": ", 1) for line in lines)


def only():
    return WebhookDelivery.objects.get()


def test_an_event_is_planned_for_every_endpoint_that_wants_it(desk):
    desk.endpoint("https://b.example/", kinds=["message.failed"])
    desk.plan("message.delivered", "message.failed")

    assert len(desk.claim()) == 3


def test_a_claimed_delivery_is_nobody_elses_until_its_lease_ends(desk):
    desk.plan("message.delivered")
    [post] = desk.claim()

    [delivery] = post.deliveries
    assert (post.endpoint.url, post.endpoint.is_failing) == ("https://a.example/", False)
    assert delivery.tries == 1
    assert desk.claim() == []
    desk.later(seconds=61)
    [again] = desk.claim()[0].deliveries
    assert (again.id, again.tries) == (delivery.id, 2)


def test_the_signature_verifies(desk):
    desk.plan("message.delivered")
    [post] = desk.claim()

    said = headers(post, at=int(clock.now().timestamp()))

    assert Webhook(SECRET).verify(webhooks.body(post), said) == {"a": 1}
    assert said["webhook-id"] == str(only().id)
    assert said["Content-Type"] == "application/json"


def test_the_signature_is_the_one_that_the_library_makes(desk):
    desk.plan("message.delivered")
    [post] = desk.claim()
    text = post.deliveries[0].payload

    signature = Webhook(SECRET).sign(post.deliveries[0].id, desk.now, text)

    assert headers(post, at=int(desk.now.timestamp()))["webhook-signature"] == signature


def test_a_secret_that_cannot_be_read_harms_nobody_else(desk):
    WebhookEndpoint.objects.update(sealed_secret="broken")
    desk.endpoint("https://b.example/")
    desk.plan("message.delivered")

    endpoints = {post.endpoint.url: post.endpoint for post in desk.claim()}

    assert not endpoints["https://a.example/"].key
    assert endpoints["https://b.example/"].key


# --- several events in a post


@pytest.fixture
def grouping(desk):
    WebhookEndpoint.objects.update(most_per_post=100)
    return desk


def grouped(desk):
    [share] = webhooks.claim(most_each=100, now=desk.now)
    return Post(share.endpoint, share.deliveries)


def test_an_envelope_holds_each_event_as_it_is_with_its_id(grouping):
    grouping.plan("message.delivered", "message.failed")
    post = grouped(grouping)

    ids = [delivery.id for delivery in post.deliveries]
    assert json.loads(webhooks.body(post)) == {
        "type": "events",
        "events": [{"id": ids[0], "a": 1}, {"id": ids[1], "a": 1}],
    }


def test_an_envelope_is_signed_under_the_id_of_its_first_event(grouping):
    grouping.plan(*["message.delivered"] * 3)
    post = grouped(grouping)

    said = headers(post, at=int(clock.now().timestamp()))

    assert len(Webhook(SECRET).verify(webhooks.body(post), said)["events"]) == 3
    assert said["webhook-id"] == post.deliveries[0].id


def test_one_event_alone_comes_in_an_envelope_too(grouping):
    grouping.plan("message.delivered")

    assert len(json.loads(webhooks.body(grouped(grouping)))["events"]) == 1


def test_a_success_delivers_all_events_of_the_post(grouping):
    grouping.plan(*["message.delivered"] * 3)

    grouping.record([grouped(grouping)], 200)

    assert WebhookDelivery.objects.filter(state="delivered").count() == 3


def test_a_failure_retries_all_events_of_the_post_at_one_time(grouping):
    grouping.plan(*["message.delivered"] * 3)

    grouping.record([grouped(grouping)], 500)

    [due_at] = WebhookDelivery.objects.filter(state="pending").values_list("due_at").distinct()
    assert due_at[0] > grouping.now


def test_the_last_try_of_one_event_is_not_the_last_of_another(grouping):
    grouping.plan("message.delivered")
    WebhookDelivery.objects.update(tries=len(RETRY_AFTER_SECONDS))
    grouping.plan("message.delivered")

    grouping.record([grouped(grouping)], None, "timeout")

    states = WebhookDelivery.objects.values_list("tries", "state").order_by("tries")
    assert list(states) == [(1, "pending"), (10, "dead")]


@pytest.mark.parametrize("most", [0, 101])
def test_a_post_carries_from_one_to_a_hundred_events(desk, most):
    with pytest.raises(IntegrityError):
        WebhookEndpoint.objects.update(most_per_post=most)


def test_staff_may_say_how_many_and_nothing_else(desk, client):
    client.force_login(factories.staff("desk@example.com", "a long enough password"))
    address = reverse("admin:accounts_webhookendpoint_change", args=[desk.first.pk])

    client.post(address, {"most_per_post": "101"})
    client.post(address, {"most_per_post": "20", "url": "https://b.example/", "failures": "9"})

    desk.first.refresh_from_db()
    assert (desk.first.most_per_post, desk.first.failures) == (20, 0)
    assert desk.first.url == "https://a.example/"
    assert AuditEntry.objects.filter(action__contains="changed").count() == 1


def test_success_is_recorded_once(desk):
    desk.plan("message.delivered")
    posts = desk.claim()

    desk.record(posts, 204)
    desk.record(posts, 500)

    assert (only().state, only().last_status, only().tries) == ("delivered", 204, 1)


def test_failures_are_tried_again_at_their_times_and_then_given_up(desk):
    desk.plan("message.delivered")
    for seconds in RETRY_AFTER_SECONDS:
        desk.record(desk.claim(), 500)
        wait = (only().due_at - desk.now).total_seconds()
        assert seconds * 0.8 <= wait <= seconds * 1.2
        assert desk.claim() == []
        desk.now = only().due_at

    desk.record(desk.claim(), None, "timeout")
    delivery = only()
    assert (delivery.state, delivery.tries, delivery.last_error) == ("dead", 10, "timeout")
    desk.later(days=30)
    assert desk.claim() == []


def test_the_receiver_may_ask_for_more_time(desk):
    desk.plan("message.delivered")

    desk.record(desk.claim(), 503, retry_after_seconds=1000)

    assert (only().due_at - desk.now).total_seconds() == pytest.approx(1000, abs=1)


def test_gone_ends_the_delivery_and_the_endpoint(desk):
    desk.plan("message.delivered", "message.failed")
    [first, _second] = desk.claim()

    desk.record([first], 410)

    desk.first.refresh_from_db()
    assert desk.first.disabled_at is not None
    desk.later(minutes=2)
    assert desk.claim() == []
    assert WebhookDelivery.objects.filter(state="dead").count() == 1


def test_a_redirect_is_a_failure(desk):
    desk.plan("message.delivered")
    desk.record(desk.claim(), 302)

    assert only().state == "pending"


def test_a_failing_endpoint_is_offered_two_at_a_time_until_one_succeeds(desk):
    for _count in range(2):
        desk.plan("message.delivered")
        desk.record(desk.claim(), 500)
    desk.plan(*["message.delivered"] * 5)

    posts = desk.claim()
    assert (len(posts), posts[0].endpoint.is_failing) == (2, True)
    desk.record(posts, 200)
    assert len(desk.claim()) == 3


def test_a_success_among_failures_ends_the_row(desk):
    desk.plan("message.delivered", "message.failed")
    first, second = desk.claim()
    webhooks.record([Result(first, 500), Result(second, 200)], now=desk.now)

    desk.first.refresh_from_db()
    assert desk.first.failures == 0


def test_a_claim_is_shared_among_endpoints_and_respects_who_is_full(desk):
    other = desk.endpoint("https://b.example/")
    desk.plan(*["message.delivered"] * 5)

    posts = desk.claim(most_each=3, rooms={desk.first.id: 0})
    assert [post.endpoint.id for post in posts] == [other.id] * 3
    posts = desk.claim(most_each=3, rooms={desk.first.id: 4, other.id: 1})
    assert sorted(post.endpoint.id for post in posts) == [desk.first.id] * 4 + [other.id]


def test_what_is_given_back_is_due_at_once_and_no_try_is_counted(desk):
    desk.plan("message.delivered")
    posts = desk.claim()

    desk.give_back(posts)

    [again] = desk.claim()
    assert again.deliveries[0].tries == 1


def test_whoever_lost_the_lease_puts_nothing_off(desk):
    desk.plan("message.delivered")
    old = desk.claim()
    desk.later(seconds=61)
    desk.claim()
    leased_until = only().leased_until

    desk.record(old, 500)
    desk.give_back(old)

    assert (only().leased_until, only().tries) == (leased_until, 2)


def test_a_disabled_endpoint_is_told_nothing(desk):
    desk.plan("message.delivered")
    WebhookEndpoint.objects.update(disabled_at=desk.now)
    remember.forget()
    desk.plan("message.delivered")

    assert desk.claim() == []
    assert WebhookDelivery.objects.count() == 1


def test_no_index_knows_what_a_claim_changes(desk):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexdef FROM pg_indexes WHERE tablename LIKE 'accounts_webhookdelivery%'"
        )
        indexes = [row[0] for row in cursor.fetchall()]

    assert len(indexes) > 2
    assert not [index for index in indexes if "leased_until" in index or "tries" in index]


def test_the_number_of_queries_does_not_grow_with_the_group(desk, django_assert_num_queries):
    desk.plan(*["message.delivered"] * 20)
    with django_assert_num_queries(2):
        posts = desk.claim()
    results = [Result(post, 500 if place % 2 else 200) for place, post in enumerate(posts)]

    with django_assert_num_queries(5):
        webhooks.record(results, now=desk.now)
