"""A real gateway against a real SMPP server: everything is sent once and told."""

from collections import Counter

import pytest

from messaging.models import Attempt, Lease, Message
from tests.messaging.gateway.running import numbers, until


def test_two_hundred_messages_are_delivered_submitted_once_and_told(town):
    town.start_gateway()
    town.accept(*numbers(200))

    until(lambda: town.states() == {"delivered": 200}, town.states)
    until(lambda: not town.untold())
    assert len(town.submissions) == 200
    assert town.received() == 200
    assert town.customer.balance() == 100_000_000 - 200 * 45_000


def test_a_long_message_goes_through_a_window_smaller_than_itself(build):
    town = build(window=1)
    town.start_gateway()
    town.accept(*numbers(2), text="字" * 200)

    until(lambda: town.states() == {"delivered": 2}, town.states)
    assert sorted((it["part"], it["parts"]) for it in town.submissions) == [
        (place, 4) for place in (1, 2, 3, 4) for _message in range(2)
    ]


@pytest.mark.parametrize(
    ("suffix", "state"),
    [
        ("0001", "undelivered"),
        ("0004", "delivered"),
        ("0005", "delivered"),
        ("0008", "undelivered"),
        ("0009", "delivered"),
        ("0010", "delivered"),
    ],
)
def test_every_kind_of_receipt_finds_its_message(town, suffix, state):
    town.start_gateway()
    town.accept(f"1380013{suffix}")

    until(lambda: town.states() == {state: 1}, town.states)


def test_a_refusal_fails_and_throttling_is_tried_again(town):
    town.script(
        {"act": "answer", "status": 0x0B, "to": "1"},
        {"act": "answer", "status": 0x58, "to": "2", "times": 1},
    )
    town.start_gateway()
    town.accept("13800138001", "13800138002")

    until(lambda: town.states() == {"failed": 1, "delivered": 1}, town.states)
    assert Message.objects.get(state="failed").carrier_code == "INVALID_DESTINATION"


def test_a_cut_in_the_middle_of_the_window_makes_only_the_unanswered_uncertain(town):
    town.script({"act": "close", "to": "0000509", "times": 1, "keep": True})
    town.start_gateway()
    town.accept(*numbers(100))

    done = ("delivered", "uncertain")
    until(lambda: set(town.states()) <= set(done) and town.binds, town.states)
    assert town.states().get("delivered", 0) >= 50
    counts = Counter(it["to"] for it in town.submissions)
    assert set(counts.values()) == {1}
    assert not Attempt.objects.filter(state__in=["claimed", "submitting"]).exists()


def test_an_orphan_receipt_settles_what_the_cut_left_uncertain(town):
    town.script({"act": "close", "times": 1, "keep": True})
    town.start_gateway()
    town.accept("13800138009")

    until(lambda: town.states() == {"delivered": 1}, town.states)
    assert len(town.submissions) == 1


def test_a_bind_that_is_refused_is_tried_again(town):
    town.script({"act": "answer", "on": "bind", "status": 0x05, "times": 2})
    town.start_gateway()
    town.accept("13800138009")

    until(lambda: town.states() == {"delivered": 1}, town.states)


def test_only_the_holder_of_the_lease_binds(town):
    first, second = town.start_gateway("first"), town.start_gateway("second")
    until(lambda: town.binds == 1)
    town.accept(*numbers(20))
    until(lambda: town.states() == {"delivered": 20}, town.states)
    assert town.binds == 1

    holder = Lease.objects.get(name=f"carrier:{town.carrier.id}").owner
    (first if holder == "first" else second).stop()
    until(lambda: Lease.objects.get(name=f"carrier:{town.carrier.id}").owner != holder)
    town.accept(*numbers(20, start=100))
    until(lambda: town.states() == {"delivered": 40}, town.states)
    assert len(town.submissions) == 40


def test_a_successor_recovers_what_a_dead_gateway_left(build):
    town = build(window=10)
    town.script({"act": "delay", "seconds": 0.2})
    first = town.start_gateway("first")
    ids = town.accept(*numbers(60), on_unknown="fail")
    # The second window is on the wire, and its answers are not.
    until(lambda: len(town.submissions) >= 20)
    first.kill()
    town.script()
    town.start_gateway("second")

    until(lambda: not set(town.states()) - {"delivered", "uncertain"}, town.states)
    # Receipts settle the uncertain ones: the carrier had them all.
    until(lambda: town.states() == {"delivered": len(ids)}, town.states)
    assert set(Counter(it["to"] for it in town.submissions).values()) == {1}


def test_a_stopping_gateway_leaves_nothing_on_the_wire(build):
    town = build(window=10, rate_per_second=100)
    gateway = town.start_gateway()
    town.accept(*numbers(300))
    until(lambda: len(town.submissions) > 20)

    gateway.stop()

    assert not Attempt.objects.filter(state__in=["claimed", "submitting", "uncertain"]).exists()
    assert set(town.states()) <= {"queued", "sent", "delivered"}
    assert len(town.submissions) == 300 - town.states()["queued"]


def test_the_pace_is_kept(build):
    """More than a second's worth takes more than a second: counted, not timed."""
    town = build(rate_per_second=20)
    town.start_gateway()
    town.accept(*numbers(50))
    until(lambda: town.states() == {"delivered": 50}, town.states)

    times = sorted(it["time"] for it in town.submissions)
    assert times[-1] - times[0] > 1


def test_a_database_that_ends_our_sessions_ends_nothing_else(town):
    from django.db import connection

    town.start_gateway()
    town.accept(*numbers(50))
    until(lambda: town.states().get("delivered", 0) > 5)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
    town.accept(*numbers(50, start=100))

    until(lambda: set(town.states()) <= {"delivered"} and not town.untold(), town.states)
    assert set(Counter(it["to"] for it in town.submissions).values()) == {1}
