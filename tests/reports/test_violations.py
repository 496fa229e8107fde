"""What is found broken is logged, kept, and shown to staff until somebody has looked into it."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from billing.services import invoicing
from messaging.models import Message
from reports import tasks
from reports.models import Violation
from reports.services import violations
from smsplatform.core import clock, queue
from smsplatform.core.audit import AuditEntry
from tests import factories
from tests.reports import rows
from tests.reports.faults import broken, delivery, endpoint

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return datetime.now(UTC)


def midnight(now):
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def lead_a_life(account, hook, *, at, until):
    """Each fate once, and known by `until`."""
    for state in ("delivered", "undelivered", "no_receipt", "failed", "sent"):
        finished_at = None if state == "sent" else until
        message = rows.message(account, now=at, state=state, sent_at=at, finished_at=finished_at)
        rows.attempt(message, now=at, state="refused" if state == "failed" else "accepted")
        if state in ("undelivered", "no_receipt", "failed"):
            rows.refund(message, now=until)
        if state != "failed":
            rows.part(message)
        if state in ("delivered", "undelivered"):
            rows.receipt(message, now=until, outcome=state)
        if state != "sent":
            delivery(hook, message, until, state="delivered")


@pytest.fixture
def account(now):
    """Lived yesterday, over midnight, and today."""
    start = midnight(now)
    account = rows.account(now=start - timedelta(hours=30))
    hook = endpoint(account, start)
    for at in (-6, -0.01, 0, 0.01):
        begun = start + timedelta(hours=at)
        lead_a_life(account, hook, at=begun, until=begun + timedelta(minutes=1))
    invoicing.close(account=account, until_date=now.date() + timedelta(days=2), now=now)
    assert broken(now) == set()
    return account


def day(now, back):
    start = midnight(now) - timedelta(days=back)
    return {"since": start, "until": start + timedelta(days=1)}


@pytest.mark.parametrize("back", [0, 1, 2])
def test_a_healthy_day_breaks_nothing_whatever_came_after_it(account, now, back):
    assert broken(now, **day(now, back)) == set()


def test_a_fault_is_found_on_its_own_day_and_on_no_other(account, now):
    message = Message.objects.filter(state="delivered").order_by("id")[0]
    rows.set_fact("messaging_message", message.id, "state", "failed")

    assert [bool(broken(now, **day(now, back))) for back in (0, 1, 2)] == [False, True, False]


def test_an_entry_that_was_changed_is_found_on_its_day(account, now):
    refund = account.entries.filter(kind="refund").order_by("seq")[0]
    rows.set_fact("billing_entry", refund.id, "actor", "somebody")

    assert [broken(now, **day(now, back)) for back in (0, 1, 2)] == [set(), {"I03"}, set()]


def test_what_holds_of_all_is_not_left_to_the_days(account, now):
    account.wallets.update(balance=1)

    assert violations.look_at_all(now=now) == 1
    assert Violation.objects.get().invariant == "I01"


@pytest.fixture
def lost(now):
    """Seven messages that nothing will claim."""
    rows.batch(rows.account(now=now - timedelta(hours=1)), now=now, count=7)


def test_a_healthy_platform_keeps_nothing(account, now):
    assert violations.look_at_recent(now=now) == 0
    assert not Violation.objects.exists()


def test_what_is_broken_is_logged_and_kept_once(lost, now, caplog):
    with caplog.at_level(logging.ERROR, logger="reports.services.violations"):
        violations.look_at_recent(now=now)
        violations.look_at_recent(now=now + timedelta(minutes=5))

    kept = Violation.objects.get()
    assert (kept.invariant, kept.found, len(kept.rows)) == ("I11", 7, violations.KEPT_ROWS)
    assert (kept.first_seen_at, kept.last_seen_at) == (now, now + timedelta(minutes=5))
    assert "invariant I11: Nothing is stuck." in caplog.records[0].getMessage()


def test_what_breaks_again_after_it_was_looked_into_is_shown_again(lost, now):
    violations.look_at_recent(now=now)
    assert violations.close(violation=Violation.objects.get(), now=now)
    assert not violations.close(violation=Violation.objects.get(), now=now)

    violations.look_at_recent(now=now)

    assert Violation.objects.filter(closed_at__isnull=True).count() == 1


def test_a_look_back_finds_what_broke_long_ago(account, now, monkeypatch):
    monkeypatch.setattr(violations, "SLICE", timedelta(days=1))
    message = Message.objects.filter(state="delivered").order_by("id")[0]
    rows.set_fact("messaging_message", message.id, "state", "failed")

    assert violations.look_back(until=now + timedelta(minutes=2), now=now) is None
    assert "I05" in Violation.objects.values_list("invariant", flat=True)


def test_all_that_is_kept_gets_its_turn_task_by_task(now, monkeypatch):
    asked = []
    monkeypatch.setattr(queue, "enqueue", lambda task, **values: asked.append((task, values)))
    monkeypatch.setattr(violations, "SLICE", timedelta(days=10))
    monkeypatch.setattr(violations, "SECONDS_AT_ONCE", 0.001)

    tasks.verify_everything()
    for task, values in asked:
        assert task == "reports.tasks.verify_back"
        tasks.verify_back(**values)

    first = (midnight(clock.now()).replace(day=1) - timedelta(days=1)).replace(day=1)
    assert len(asked) == -((first - clock.now()) // timedelta(days=10))


@pytest.fixture
def staff(client):
    client.force_login(factories.staff("desk@example.com", "a long enough password"))
    return client


def test_the_first_page_says_what_is_broken_until_it_was_looked_into(lost, now, staff):
    assert "Something is wrong" not in staff.get(reverse("admin:index")).text
    violations.look_at_recent(now=now)
    assert "Nothing is stuck." in staff.get(reverse("admin:index")).text

    chosen = {"action": "close", "_selected_action": [Violation.objects.get().pk]}
    staff.post(reverse("admin:reports_violation_changelist"), chosen)

    assert "Something is wrong" not in staff.get(reverse("admin:index")).text
    assert AuditEntry.objects.filter(action="violation.closed").count() == 1
