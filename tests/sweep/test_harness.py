"""What the sweep rests on: it repeats itself, it misses no commit, and it finds what is wrong."""

import pytest
from django.db import connection

from messaging.gateway.applier import ReceiptApplier
from messaging.gateway.desk import CarrierDesk
from messaging.services import attempts, dispatch, ending, resolver
from messaging.services.idempotency import Keys
from messaging.services.receipts import store
from smsplatform.core import clock
from tests.architecture import tree
from tests.sweep import scenarios, simulation, sweep, tables
from tests.sweep.settling import settle
from tests.sweep.town import Town

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_seed_tells_the_same_story_twice():
    assert _shape(simulation.run(7)) == _shape(simulation.run(7))


# Rows that a scenario makes before anything starts.
SET_UP = ("messaging_carrier", "messaging_route", "messaging_routecarrier")


def _shape(run):
    """Sequences of the database go on from run to run; what is not a number must not change."""
    return ["".join(sign for sign in line if not sign.isdigit()) for line in run.story]


@pytest.mark.parametrize("name", ["a_batch_in_several_windows", "an_http_carrier"])
def test_every_row_was_written_by_a_numbered_commit(name):
    with Town() as town:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()::text::bigint")
            [[before]] = cursor.fetchall()
        scenarios.SCENARIOS[name](town)
        assert settle(town)
        numbered = {xid for process in town.all for one in process.sessions for xid in one.xids}
        written = tables.writers(since=before, but=["django_q_ormq", *SET_UP])

    assert written - numbered == set()
    assert len(written) > 5


def test_no_part_of_the_product_writes_to_a_socket_of_its_own():
    """The simulated network numbers what goes through asyncio's transports: nothing may pass it."""
    past = {
        "sendall",
        "sendto",
        "sock_sendall",
        "urlopen",
        "HTTPConnection",
        "create_datagram_endpoint",
    }
    found = {
        f"{tree.relative(path)}: {name}"
        for path in tree.modules()
        if tree.relative(path).startswith(
            ("messaging/", "accounts/", "billing/", "smsplatform/core/")
        )
        for name, _call in tree.calls(path)
        if name in past
    }

    assert found == set()


# -- mistakes on purpose -------------------------------------------------------------------


def first_fault(name, *, first=1):
    """What the sweep of this scenario finds first, from that point on."""
    for run in sweep.every_point(name, first=first):
        if not run.verdict.is_clean:
            return set(run.verdict.counts)
    return set()


def test_it_finds_a_write_that_goes_before_its_commit(monkeypatch):
    waiting = []
    permit, step = dispatch.about_to_submit, CarrierDesk.step

    def later(*, claims, **sender):
        waiting.append((claims, sender))
        return claims

    def permit_first(desk, *args):
        while waiting:
            claims, sender = waiting.pop()
            permit(claims=claims, **sender)
        return step(desk, *args)

    monkeypatch.setattr(dispatch, "about_to_submit", later)
    monkeypatch.setattr(CarrierDesk, "step", permit_first)
    monkeypatch.setattr(CarrierDesk, "open", _forgetting(CarrierDesk.open, waiting))

    assert first_fault("an_unknown_outcome_fails", first=15) & {"against_policy", "lost"}


def _forgetting(begins, waiting):
    def forget_first(begun):
        waiting.clear()
        return begins(begun)

    return forget_first


def test_it_finds_a_sent_message_that_counts_as_unsent_after_a_crash(monkeypatch):
    def release(pairs, now, **_word):
        for no, message_ids in attempts.by_no(pairs).items():
            attempts.release(attempts.rows(message_ids, no), now)
        return []

    monkeypatch.setattr(attempts, "doubt", release)

    assert first_fault("an_unknown_outcome_fails", first=15) & {"against_policy", "lost"}


def test_it_finds_a_refund_that_was_forgotten(monkeypatch):
    monkeypatch.setattr(ending.charging, "refund", lambda **_refund: None)

    assert "double_refunded" in first_fault("the_carrier_refuses")


def test_it_finds_a_receipt_that_is_acknowledged_before_it_is_stored(monkeypatch):
    reports = []
    look, run = ReceiptApplier._apply, ReceiptApplier.run

    def store_first(applier):
        if reports:
            store(carrier_id=applier.carrier_id, reports=reports, now=clock.now())
            reports.clear()
        return look(applier)

    monkeypatch.setattr(ReceiptApplier, "_commit", lambda _applier, told: reports.extend(told))
    monkeypatch.setattr(ReceiptApplier, "_apply", store_first)
    monkeypatch.setattr(ReceiptApplier, "run", _forgetting(run, reports))

    assert "lost" in first_fault("a_single_message", first=25)


def test_it_finds_a_message_that_is_resent_again_and_again(monkeypatch):
    monkeypatch.setattr(resolver._Open, "may_resend", lambda *_: True)

    assert "against_policy" in first_fault("an_unknown_outcome_fails")


def test_it_finds_that_nobody_recovers(monkeypatch):
    monkeypatch.setattr(dispatch, "recover", lambda **_: 0)

    assert "stuck" in first_fault("a_single_message", first=15)


def test_it_finds_keys_that_are_forgotten(monkeypatch):
    monkeypatch.setattr(Keys, "write", lambda *_, **__: None)

    assert "double_charged" in first_fault("a_single_message", first=11)
