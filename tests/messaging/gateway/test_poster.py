"""Webhooks: signed, told again, and no endpoint waits for another."""

import json
import time

from accounts.models import WebhookDelivery, WebhookEndpoint
from accounts.services import webhooks
from accounts.services.webhooks import AT_ONCE, AT_ONCE_FAILING, Delivery, Endpoint, Post, Share
from messaging.gateway.lanes import AHEAD_QUICK, STALE_SECONDS, Lane
from tests.messaging.gateway.running import numbers, until


def test_a_webhook_is_signed(town):
    town.start_gateway()
    town.accept("13800138009")
    until(lambda: town.received() == 1 and not town.untold())

    log = (town.directory / "webhooks.log").read_text()
    assert '"signature":"valid"' in log


def test_a_failed_webhook_is_told_again(town):
    town.set_sink("customer", answers=[500])
    town.start_gateway()
    town.accept("13800138009")

    until(lambda: WebhookDelivery.objects.filter(tries=1, last_status=500).exists())
    WebhookDelivery.objects.update(due_at="2020-01-01T00:00:00Z")
    until(lambda: not town.untold())
    assert town.received() == 2
    assert WebhookDelivery.objects.get().tries == 2


def test_several_events_go_in_one_signed_post(town):
    WebhookEndpoint.objects.update(most_per_post=50)
    town.set_sink("customer", answers=[500])
    town.accept(*numbers(60))
    town.start_gateway()

    until(lambda: WebhookDelivery.objects.filter(last_status=500).exists())
    until(lambda: WebhookDelivery.objects.count() == 60)
    WebhookDelivery.objects.filter(state="pending").update(due_at="2020-01-01T00:00:00Z")
    until(lambda: not town.untold())

    posts = town.posts()
    assert {post["signature"] for post in posts} == {"valid"}
    refused, *taken = [json.loads(post["body"]) for post in posts]
    told = [event["id"] for envelope in taken for event in envelope["events"]]
    assert {event["id"] for event in refused["events"]} <= set(told)
    assert set(told) == {str(pk) for pk in WebhookDelivery.objects.values_list("id", flat=True)}
    assert len(taken) < 60


def test_a_dead_endpoint_delays_nobody(town):
    town.add_endpoint("slow")
    town.set_sink("slow", delay_seconds=3600)
    town.start_gateway()
    town.accept(*numbers(300))

    until(lambda: town.received() == 300)
    assert town.received("slow") <= AT_ONCE


def test_an_endpoint_that_is_gone_is_told_nothing_more(town):
    town.set_sink("customer", status=410)
    town.start_gateway()
    town.accept(*numbers(3))

    until(lambda: WebhookEndpoint.objects.filter(disabled_at__isnull=False).exists())


def test_a_stopping_gateway_gives_back_what_waits(town):
    town.set_sink("customer", delay_seconds=0.3)
    gateway = town.start_gateway()
    town.accept(*numbers(200))
    until(lambda: town.received() > 40)

    gateway.stop()

    waiting = WebhookDelivery.objects.filter(state="pending")
    assert not waiting.exclude(tries=0).exists()
    assert waiting.count() + WebhookDelivery.objects.filter(state="delivered").count() == (
        WebhookDelivery.objects.count()
    )


def test_what_the_gateway_announces_itself_is_posted_without_a_claim(town, monkeypatch):
    town.start_gateway()
    town.accept("13800138009")
    until(lambda: town.received() == 1 and not town.untold())
    monkeypatch.setattr(webhooks, "claim", lambda **_: [])

    town.accept("13800138010")

    until(lambda: town.received() == 2 and not town.untold())


# --- lanes


def filled(count, *, is_failing=False, most_per_post=1):
    lane = Lane(Endpoint(1, "https://a.example/", b"s", is_failing, most_per_post))
    fill(lane, count, is_claimed=True)
    return lane


def fill(lane, count, *, is_claimed, seconds_ago=0.0):
    deliveries = [Delivery(str(number), "", "{}", 1) for number in range(count)]
    asked_at = time.monotonic() - seconds_ago
    lane.add(Share(lane.endpoint, deliveries), asked_at=asked_at, is_claimed=is_claimed)


def ended(lane, *, is_delivered, seconds):
    post = Post(lane.endpoint, [None] * lane.endpoint.most_per_post)
    return lane.done(post, is_delivered=is_delivered, seconds=seconds)


def ok(lane, seconds=0.01):
    return ended(lane, is_delivered=True, seconds=seconds)


def failed(lane):
    return ended(lane, is_delivered=False, seconds=0.01)


def drained(lane):
    return list(iter(lane.next, None))


def test_a_lane_lets_so_many_go_at_once():
    lane = filled(100)

    assert len(drained(lane)) == AT_ONCE
    ok(lane)
    assert len(drained(lane)) == 1


def test_a_failing_lane_goes_two_by_two_and_returns_the_rest():
    lane = filled(100)
    drained(lane)
    assert failed(lane) == []

    returned = failed(lane)

    assert len(returned) == 100 - AT_ONCE
    assert (lane.is_failing, lane.room()) == (True, 0)
    assert len(drained(filled(5, is_failing=True))) == AT_ONCE_FAILING


def test_a_success_ends_the_failing():
    lane = filled(3)
    drained(lane)
    failed(lane)
    failed(lane)
    ok(lane)

    assert not lane.is_failing
    assert lane.room() > 0


def test_a_quick_endpoint_is_claimed_further_ahead_than_a_slow_one():
    quick, slow = filled(1), filled(1)
    drained(quick)
    drained(slow)
    ok(quick, 0.001)
    ok(slow, 2.0)

    assert quick.room() > slow.room()


def test_what_waited_too_long_is_left_to_the_next_claim(monkeypatch):
    lane = filled(2)
    monkeypatch.setattr("messaging.gateway.lanes.STALE_SECONDS", 0.0)

    assert drained(lane) == []


def test_a_post_carries_what_is_here_and_waits_for_no_more():
    lane = filled(70, most_per_post=50)

    assert [len(post.deliveries) for post in drained(lane)] == [50, 20]


def test_a_post_of_many_makes_room_for_as_many():
    lane = filled(AT_ONCE + AHEAD_QUICK, most_per_post=50)
    posts = drained(lane)
    assert lane.room() == 0

    for post in posts[:21]:
        lane.done(post, is_delivered=True, seconds=0.01)

    assert lane.room() == 1050


def test_a_slow_endpoint_that_takes_many_in_a_post_is_claimed_more():
    one, many = filled(1), filled(1, most_per_post=5)
    for lane in (one, many):
        [post] = drained(lane)
        lane.done(post, is_delivered=True, seconds=2.0)

    assert many.room() == 5 * one.room()


def test_a_full_lane_asks_for_more_when_there_is_room_again():
    lane = filled(2 * AT_ONCE)
    assert not lane.wants_more
    for _post in drained(lane):
        ok(lane)
        drained(lane)

    assert lane.wants_more


def test_half_of_a_lane_is_kept_for_what_only_a_claim_brings():
    lane = filled(0)
    assert lane.handed == lane.free // 2

    fill(lane, lane.handed, is_claimed=False)

    assert lane.handed == 0
    assert lane.room() > 0


def test_what_is_handed_over_does_not_hide_what_a_claim_left_behind():
    lane = filled(AT_ONCE + AHEAD_QUICK)
    fill(lane, 1, is_claimed=False)
    lane.empty()

    assert lane.wants_more


def test_what_waited_too_long_is_given_back_untried():
    lane = filled(0)
    fill(lane, 2, is_claimed=False, seconds_ago=STALE_SECONDS + 1)
    fill(lane, 1, is_claimed=False)

    assert len(drained(lane)) == 1
    assert len(lane.stale()) == 2
    assert lane.stale() == []
