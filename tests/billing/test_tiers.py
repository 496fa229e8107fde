"""Monthly tiers: what a part costs, and what a month's close gives back."""

import random
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import transaction

from billing.models import Entry, LedgerHead, Rate, TierCount
from billing.services import charging, counting, invoicing, ledger, months, pricing
from billing.services.charging import Bill, InsufficientBalance, Item
from billing.services.pricing import Asked, Tiers
from reports.services import verification
from smsplatform.core import remember
from tests import world
from tests.billing import purse

pytestmark = pytest.mark.django_db

# Nine in the morning of the last of May, in Shanghai.
NOW = datetime(2026, 5, 31, 1, tzinfo=UTC)
JUNE = datetime(2026, 5, 31, 16, tzinfo=UTC)
NUMBER = "+8613800138000"


@pytest.fixture
def acme():
    return world.make_customer(balance="10.00")


def tiered(mode, price=60, steps=((10, 50), (20, 30)), *, scope="CN", **fields):
    return Rate(
        country=fields.pop("country", "CN"),
        price_micros=price,
        tier_mode=mode,
        tier_scope=scope,
        tier_parts=[above for above, _price in steps],
        tier_micros=[micros for _above, micros in steps],
        **fields,
    )


def item(customer, parts, *, message_class="notice", country="CN", now=NOW):
    remember.forget()
    book = pricing.load(account_ids=[customer.account.pk], now=now)
    asked = Asked(customer.account.pk, country, message_class, "CNY", "shared")
    return Item(message_class, country, parts, book.quote(asked, NUMBER))


def send(customer, *parts, now=NOW, **asked):
    """The price of each message of one request."""
    bill = Bill(
        account_id=customer.account.pk,
        project_id=customer.project.pk,
        currency="CNY",
        reference=f"batch:{uuid4()}",
        items=[item(customer, one, now=now, **asked) for one in parts],
    )
    with transaction.atomic():
        books = ledger.open_books([customer.account.pk])
        payments = charging.charge(books=books, bill=bill, now=now)
        books.close()
    return [payment.price_micros for payment in payments]


def give_back(customer, parts, price, *, now=NOW):
    refund = charging.Refund(
        message_id=uuid4(),
        wallet_id=customer.wallet.pk,
        project_id=customer.project.pk,
        message_class="notice",
        country="CN",
        parts=parts,
        price_micros=price,
        reason="undelivered",
        rate_id=Rate.objects.get().pk,
    )
    with transaction.atomic():
        books = ledger.open_books([customer.account.pk])
        charging.refund(books=books, refunds=[refund], now=now)
        books.close()


def counted():
    return TierCount.objects.get().parts


def is_whole(now=JUNE):
    prices = [one for one in verification.INVARIANTS if one.id in ("I01", "I02", "I25", "I27")]
    found = verification.check(since=None, now=now, invariants=prices)
    return [(finding.invariant.id, finding.rows) for finding in found if not finding.is_well]


def test_each_part_costs_what_its_tier_says(acme):
    world.publish(tiered("marginal"))

    assert send(acme, 3, 3, 3) == [180, 180, 180]
    assert send(acme, 3) == [60 + 2 * 50]
    assert send(acme, 1) == [50]
    assert counted() == 13


def test_a_message_may_lie_in_three_tiers_and_counts_once(acme):
    world.publish(tiered("marginal"))

    assert send(acme, 25) == [10 * 60 + 10 * 50 + 5 * 30]

    charges = Entry.objects.filter(kind="charge").order_by("line")
    assert list(charges.values_list("unit_price_micros", "parts", "count", "amount")) == [
        (60, 10, 1, -600),
        (50, 10, 0, -500),
        (30, 5, 0, -150),
    ]


def test_prices_of_one_scope_are_counted_together_and_others_apart(acme):
    world.publish(
        tiered("marginal", message_class="notice"),
        tiered("marginal", 90, ((10, 80),), message_class="marketing"),
        tiered("marginal", 70, ((10, 10),), country="GB", scope="GB"),
    )

    send(acme, 10)

    assert send(acme, 1, message_class="marketing") == [80]
    assert send(acme, 1, country="GB") == [70]


def test_a_new_version_goes_on_counting(acme):
    world.publish(tiered("marginal"))
    send(acme, 10)
    world.publish(tiered("marginal", 6, ((10, 5),)), start=NOW)

    assert send(acme, 1) == [5]


def test_a_new_month_begins_in_the_billing_zone(acme):
    world.publish(tiered("marginal"))

    send(acme, 10, now=JUNE - timedelta(microseconds=1))

    assert send(acme, 1, now=JUNE - timedelta(microseconds=1)) == [50]
    assert send(acme, 1, now=JUNE) == [60]
    assert sorted(TierCount.objects.values_list("month", "parts")) == [
        (date(2026, 5, 1), 11),
        (date(2026, 6, 1), 1),
    ]


def test_what_is_given_back_is_counted_no_more(acme):
    world.publish(tiered("marginal"))
    send(acme, 10)

    give_back(acme, 4, 240)

    assert counted() == 6
    assert send(acme, 5) == [4 * 60 + 50]
    assert is_whole() == []


def test_more_given_back_than_charged_costs_the_first_price(acme):
    world.publish(tiered("marginal"))
    send(acme, 12)

    give_back(acme, 12, 700, now=JUNE)

    assert send(acme, 23, now=JUNE) == [22 * 60 + 50]
    assert is_whole() == []


def test_a_package_pays_parts_that_no_tier_counts(acme):
    world.publish(tiered("marginal"))
    purse.package(acme, 100, expires_at=JUNE)

    assert send(acme, 20) == [0]
    assert not TierCount.objects.exists()


def test_what_is_refused_is_not_counted(acme):
    world.publish(tiered("marginal", 6_000_000, ((10, 50),)))
    send(acme, 1)

    with pytest.raises(InsufficientBalance):
        send(acme, 1)

    assert counted() == 1


def test_a_group_of_requests_counts_on_in_memory(acme, django_assert_num_queries):
    """One question, one statement, whatever their number."""
    world.publish(tiered("marginal"))
    bills = [
        Bill(acme.account.pk, acme.project.pk, "CNY", f"batch:{uuid4()}", [item(acme, 6)])
        for _count in range(4)
    ]
    with transaction.atomic(), django_assert_num_queries(5):
        books = ledger.open_books([acme.account.pk])
        paid = [charging.charge(books=books, bill=bill, now=NOW) for bill in bills]
        books.close()

    assert [one[0].price_micros for one in paid] == [360, 4 * 60 + 2 * 50, 300, 100 + 4 * 30]


def test_a_plain_price_asks_nothing_of_tiers(acme, django_assert_num_queries):
    world.publish(Rate(country="CN", price_micros=5))
    bill = Bill(acme.account.pk, acme.project.pk, "CNY", "batch:x", [item(acme, 6)])
    with transaction.atomic(), django_assert_num_queries(3):
        books = ledger.open_books([acme.account.pk])
        charging.charge(books=books, bill=bill, now=NOW)
        books.close()


# --- all parts at the price of the tier reached


def adjustments():
    return list(Entry.objects.filter(kind="tier_adjustment").values_list("amount", "parts"))


def test_the_close_gives_back_the_difference_to_the_tier_reached_once(acme):
    world.publish(tiered("all_units"))
    assert send(acme, 8, 8) == [480, 480]

    assert months.close_ended(now=JUNE + timedelta(minutes=59)) == 0
    assert months.close_ended(now=JUNE + timedelta(hours=1)) == 1
    assert months.close_ended(now=JUNE + timedelta(hours=2)) == 0

    assert adjustments() == [(16 * 10, 16)]
    assert acme.balance() == 10_000_000 - 16 * 50
    assert is_whole() == []


def test_a_month_that_goes_on_is_one_question(acme, django_assert_num_queries):
    world.publish(tiered("all_units"))
    send(acme, 25)

    with django_assert_num_queries(1):
        assert months.close_ended(now=NOW) == 0


@pytest.mark.parametrize(("parts", "difference"), [(10, 0), (11, 110), (20, 200), (21, 630)])
def test_a_tier_is_reached_by_the_part_above_it(acme, parts, difference):
    world.publish(tiered("all_units"))
    send(acme, parts)

    months.close_ended(now=JUNE + timedelta(hours=1))

    assert sum(amount for amount, _parts in adjustments()) == difference


def test_what_was_given_back_reaches_no_tier(acme):
    world.publish(tiered("all_units"))
    send(acme, 11)
    give_back(acme, 1, 60)

    months.close_ended(now=JUNE + timedelta(hours=1))

    assert adjustments() == []


def test_each_version_of_the_month_is_settled_by_its_own_prices(acme):
    world.publish(tiered("all_units"))
    send(acme, 6)
    world.publish(tiered("all_units", 40, ((10, 25),)), start=NOW)
    send(acme, 6)

    months.close_ended(now=JUNE + timedelta(hours=1))

    assert adjustments() == [(6 * 10 + 6 * 15, 12)]
    assert is_whole() == []


def test_an_adjustment_stands_on_the_invoice(acme):
    world.publish(tiered("all_units"))
    send(acme, 11)
    closed_at = JUNE + timedelta(hours=1)
    months.close_ended(now=closed_at)

    invoice = invoicing.close(account=acme.account, until_date=date(2027, 1, 1), now=closed_at)

    lines = invoice.lines.exclude(kind="rounding").values_list("kind", "amount")
    assert sorted(lines) == [("charge", 660), ("tier_adjustment", -110)]
    assert invoice.net_micros == 550


def test_the_billing_zone_is_the_account_s_when_its_ledger_is_opened(acme):
    assert LedgerHead.objects.get().timezone == acme.account.timezone


# --- by an oracle that knows nothing of statements


def price_of(steps, base, number):
    """Of the n-th part of the month, counted from 1."""
    return next((micros for above, micros in reversed(steps) if number > above), base)


@pytest.mark.parametrize("seed", range(40))
def test_any_history_costs_what_its_parts_cost(acme, seed):
    chance = random.Random(seed)  # noqa: S311 - no secret
    bounds = sorted(chance.sample(range(1, 40), 3))
    steps = tuple(zip(bounds, (40, 25, 7), strict=True))
    mode = chance.choice(["marginal", "all_units"])
    world.publish(tiered(mode, 60, steps))
    net, owed, paid = 0, 0, []
    for _step in range(12):
        if paid and chance.random() < 0.3:
            parts, price = paid.pop(chance.randrange(len(paid)))
            give_back(acme, parts, price)
            net, owed = net - parts, owed - price
            continue
        parts = chance.randrange(1, 11)
        [price] = send(acme, parts)
        numbers = range(net + 1, net + parts + 1)
        marginal = sum(price_of(steps, 60, number) for number in numbers)
        assert price == (marginal if mode == "marginal" else 60 * parts)
        paid.append((parts, price))
        net, owed = net + parts, owed + price
    months.close_ended(now=JUNE + timedelta(hours=1))

    assert counted() == net
    total = owed if mode == "marginal" else net * price_of(steps, 60, net)
    assert acme.balance() == 10_000_000 - total
    assert is_whole() == []


@pytest.mark.parametrize(("before", "price"), [(-5, 60), (0, 60), (9, 60), (10, 50), (20, 30)])
def test_the_price_of_the_next_part(before, price):
    tiers = Tiers(1, "CN", "marginal", ((10, 50), (20, 30)))

    assert counting.price_of_part(tiers, 60, before)[0] == price
