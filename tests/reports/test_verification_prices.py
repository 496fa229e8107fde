"""Each invariant of prices and tiers finds the fault that breaks it."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.models import Rate, TierCount
from tests import world
from tests.reports import rows
from tests.reports.faults import broken, healthy

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return datetime.now(UTC)


@pytest.fixture
def account(now):
    return rows.account(now=now - timedelta(hours=1))


@pytest.fixture
def count(account, now):
    """Of a month that goes on, with the charge that it counts."""
    return healthy(rows.tiered_charge(account, now=now), now)


def test_i25_a_count_that_is_not_what_was_charged(count, now):
    TierCount.objects.update(parts=6)

    assert broken(now) == {"I25"}


def test_i25_a_charge_that_nothing_counts(count, now):
    count.delete()

    assert broken(now) == {"I25"}


@pytest.mark.parametrize("since", [None, timedelta(minutes=15)])
@pytest.mark.parametrize(
    "fault", [{"unit_price_micros": 44_999}, {"country": "GB"}, {"rate_id": 10**9}]
)
def test_i26_a_charge_that_no_price_explains(account, now, fault, since):
    version = world.publish(Rate(country="CN", price_micros=rows.PRICE_MICROS))
    charge = {"kind": "charge", "amount": -1, "rate_id": version.rates.get().pk}
    rows.book(account, now=now, reference="whole", **charge)
    assert broken(now) == set()

    rows.book(account, now=now, reference="broken", **{**charge, **fault})

    assert broken(now, since=now - since if since else None) == {"I26"}


def test_i26_a_charge_by_another_s_contract(account, now):
    other = rows.account(now=now, name="Other")
    version = world.publish(Rate(country="CN", price_micros=rows.PRICE_MICROS), account=other)

    rows.book(
        account, now=now, kind="charge", amount=-1, reference="x", rate_id=version.rates.get().pk
    )

    assert broken(now) == {"I26"}


def test_i26_a_charge_before_its_price_was_in_force(account, now):
    later = now + timedelta(days=1)
    version = world.publish(Rate(country="CN", price_micros=rows.PRICE_MICROS), start=later)

    rows.book(
        account, now=now, kind="charge", amount=-1, reference="x", rate_id=version.rates.get().pk
    )

    assert broken(now) == {"I26"}


def test_i27_a_month_that_was_closed_and_not_settled(count, now):
    TierCount.objects.update(closed_at=now)

    assert broken(now) == {"I27"}


@pytest.mark.parametrize(("amount", "found"), [(5 * 5_000, set()), (5 * 5_000 + 1, {"I27"})])
def test_i27_a_month_that_was_settled_otherwise(account, count, now, amount, found):
    TierCount.objects.update(closed_at=now)
    rows.book(
        account, now=now, kind="tier_adjustment", amount=amount, reference=f"tiers:{count.pk}"
    )

    assert broken(now) == found
