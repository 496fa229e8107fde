"""Which price a message gets: whose list, which version, which row of it."""

import random
from datetime import UTC, datetime, timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, transaction

from billing.models import CustomerGroup, GroupMember, PriceList, PriceVersion, Rate
from billing.services import pricebook, pricing, samples
from billing.services.pricing import Asked
from billing.states import VersionState
from smsplatform.core import remember
from templates_app.models import MessageClass
from tests import factories, world
from tests.billing import purse

pytestmark = pytest.mark.django_db
NOW = purse.NOW


@pytest.fixture
def acme():
    return world.make_customer()


def price(customer, number="+8613800138000", *, country="CN", now=NOW, **asked):
    """What one part costs, None where nothing says."""
    remember.forget()
    book = pricing.load(account_ids=[customer.account.pk], now=now)
    facts = {"message_class": "notice", "currency": "CNY", "route": "shared", **asked}
    quote = book.quote(Asked(customer.account.pk, country, **facts), number)
    return quote and quote.price_micros


def rate(price_micros, country="CN", **fields):
    return Rate(country=country, price_micros=price_micros, **fields)


def test_a_contract_comes_before_a_group_s_list_and_that_before_everybody_s(acme):
    group = CustomerGroup.objects.create(name="Agents")
    world.publish(rate(30), rate(31, "GB"), rate(32, "FR"))
    assert price(acme) == 30

    GroupMember.objects.create(group=group, account=acme.account)
    world.publish(rate(20), rate(21, "GB"), group=group)
    assert price(acme) == 20

    world.publish(rate(10), account=acme.account)
    found = [price(acme, country=country) for country in ("CN", "GB", "FR", "DE")]
    assert found == [10, 21, 32, None]


def test_another_s_contract_and_group_are_nobody_else_s(acme):
    other = world.make_customer("Other")
    group = CustomerGroup.objects.create(name="Agents")
    GroupMember.objects.create(group=group, account=other.account)
    world.publish(rate(10), account=other.account)
    world.publish(rate(20, "GB"), group=group)

    assert price(acme) is None
    assert price(acme, country="GB") is None


def test_the_longest_prefix_wins_whatever_else_a_row_names(acme):
    world.publish(
        rate(50, message_class="notice", route="shared"),
        rate(40, prefix="86138"),
        rate(30, prefix="8613800"),
        rate(20, "", prefix="1604"),
    )

    assert price(acme, "+8613800138000") == 30
    assert price(acme, "+8613812345678") == 40
    assert price(acme, "+8613912345678") == 50
    assert price(acme, "+16045550100", country="CA") == 20
    assert price(acme, "+14165550100", country="CA") is None


def test_who_names_more_comes_before_who_names_less(acme):
    world.publish(
        rate(1, ""),
        rate(2),
        rate(3, message_class="marketing"),
        rate(4, message_class="marketing", route="dedicated"),
        rate(5, route="sandbox"),
    )

    assert price(acme, country="FR") == 1
    assert price(acme) == 2
    assert price(acme, message_class="marketing") == 3
    assert price(acme, message_class="marketing", route="dedicated") == 4
    assert price(acme, route="sandbox") == 5


def test_another_currency_prices_nothing(acme):
    world.publish(rate(10))

    assert price(acme, currency="GBP") is None


def test_a_version_holds_until_the_next_begins_and_a_draft_never(acme):
    first = world.publish(rate(10))
    world.publish(rate(20), start=NOW + timedelta(hours=1))
    pricebook.draft(of=first.list, valid_from=NOW, rates=[rate(99)], by=None)

    assert price(acme) == 10
    assert price(acme, now=NOW + timedelta(hours=1)) == 20
    assert price(acme, now=NOW + timedelta(hours=1, microseconds=-1)) == 10
    assert price(acme, now=NOW + timedelta(days=40)) == 20


def test_of_two_that_begin_together_the_later_made_holds(acme):
    world.publish(rate(10), start=NOW)
    world.publish(rate(20), start=NOW)

    assert price(acme) == 20


def test_prices_are_asked_once_a_second_and_versions_once(acme, django_assert_num_queries):
    world.publish(rate(10))
    load = {"account_ids": [acme.account.pk], "now": NOW}
    with django_assert_num_queries(3):
        pricing.load(**load)
    with django_assert_num_queries(0):
        pricing.load(**load)
    pricing._stances.forget()
    with django_assert_num_queries(1):
        pricing.load(**load)


def test_what_was_published_is_frozen_in_the_database(acme):
    version = world.publish(rate(10))
    deeds = [
        lambda: version.rates.update(price_micros=1),
        lambda: version.rates.all().delete(),
        lambda: Rate.objects.create(version=version, country="FR", price_micros=1),
        lambda: PriceVersion.objects.filter(pk=version.pk).update(valid_from=NOW),
        lambda: PriceVersion.objects.filter(pk=version.pk).update(state="draft"),
        lambda: PriceVersion.objects.filter(pk=version.pk).update(state="withdrawn"),
    ]
    for deed in deeds:
        with pytest.raises(IntegrityError), transaction.atomic():
            deed()


def test_a_list_belongs_to_one_owner_and_a_sample_to_nobody(acme):
    group = CustomerGroup.objects.create(name="Agents")
    for fields in ({"account": acme.account, "group": group}, {"group": group, "is_sample": True}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PriceList.objects.create(name="x", **fields)


def test_the_samples_are_installed_once_and_only_where_there_is_no_list(acme):
    samples.install(now=NOW)
    samples.install(now=NOW)

    assert sorted(PriceList.objects.values_list("currency", "is_sample")) == [
        ("CNY", True),
        ("GBP", True),
    ]
    assert (price(acme), price(acme, message_class="marketing")) == (45_000, 55_000)


def test_a_list_of_one_s_own_comes_before_the_sample(acme):
    samples.install(now=NOW)
    world.publish(rate(10))

    book = pricing.load(account_ids=[acme.account.pk], now=NOW)
    asked = Asked(acme.account.pk, "CN", "notice", "CNY", "shared")
    mine = book.quote(asked, "+8613800138000")
    sample = book.quote(asked._replace(country="SG"), "+6590000000")

    assert (mine.price_micros, mine.is_sample) == (10, False)
    assert sample.is_sample


@pytest.mark.parametrize(
    ("is_sample", "is_demo", "is_chargeable"),
    [(False, False, True), (True, False, False), (True, True, True)],
)
def test_a_sample_charges_in_a_demonstration_only(settings, is_sample, is_demo, is_chargeable):
    settings.DEMO = is_demo

    assert pricing.Quote(1, "delivered", 1, is_sample).is_chargeable is is_chargeable


# --- what a version goes through


@pytest.fixture
def two_staff():
    return factories.staff("a@example.com"), factories.staff("b@example.com")


def drafted(by, *rates, **of):
    made = PriceList.objects.create(name=f"List {len(PriceList.objects.all())}", **of)
    return pricebook.draft(of=made, valid_from=NOW, rates=rates or [rate(10)], by=by)


def test_who_wrote_a_version_does_not_publish_it(two_staff):
    version = drafted(two_staff[0])

    with pytest.raises(pricebook.OwnWork):
        pricebook.publish(version=version, by=two_staff[0], now=NOW)
    pricebook.publish(version=version, by=two_staff[1], now=NOW)
    with pytest.raises(pricebook.NotADraft):
        pricebook.publish(version=version, by=two_staff[1], now=NOW)


def test_who_is_alone_publishes_alone():
    only = factories.staff("a@example.com")

    pricebook.publish(version=drafted(only), by=only, now=NOW)

    assert PriceVersion.objects.get().state == VersionState.PUBLISHED


def test_a_version_never_begins_before_it_is_published(two_staff):
    version = drafted(two_staff[0])

    pricebook.publish(version=version, by=two_staff[1], now=NOW + timedelta(days=1))

    assert PriceVersion.objects.get().valid_from == NOW + timedelta(days=1)


def test_what_has_no_price_is_not_published(two_staff):
    version = drafted(two_staff[0])
    version.rates.all().delete()

    with pytest.raises(pricebook.NoPrices):
        pricebook.publish(version=version, by=two_staff[1], now=NOW)


def test_what_has_not_begun_can_be_withdrawn(two_staff):
    now = datetime.now(UTC)
    version = drafted(two_staff[0])
    PriceVersion.objects.update(valid_from=now + timedelta(days=1))
    pricebook.publish(version=version, by=two_staff[1], now=now)

    pricebook.withdraw(version=version, by=two_staff[0], now=now)

    assert PriceVersion.objects.get().state == VersionState.WITHDRAWN


def test_what_is_in_force_cannot_be_withdrawn(two_staff):
    version = drafted(two_staff[0])
    pricebook.publish(version=version, by=two_staff[1], now=NOW)

    with pytest.raises(pricebook.InForce):
        pricebook.withdraw(version=version, by=two_staff[1], now=NOW)


@pytest.mark.parametrize(
    ("ours", "is_refused"),
    [
        (rate(39), True),
        (rate(40), False),
        (rate(39, "GB"), False),
        (rate(39, "", prefix="86"), True),
        (rate(50, tier_mode="marginal", tier_scope="x", tier_parts=[9], tier_micros=[39]), True),
    ],
)
def test_a_contract_below_the_floor_is_not_published(acme, two_staff, ours, is_refused):
    world.publish(rate(60, floor_micros=40))
    version = drafted(two_staff[0], ours, account=acme.account)

    if is_refused:
        with pytest.raises(pricebook.BelowFloor):
            pricebook.publish(version=version, by=two_staff[1], now=NOW)
    else:
        pricebook.publish(version=version, by=two_staff[1], now=NOW)


def test_no_row_is_priced_below_its_own_floor(acme):
    with pytest.raises(IntegrityError), transaction.atomic():
        drafted(None, rate(39, floor_micros=40))


def test_a_price_list_knows_the_classes_of_messages():
    assert set(pricing.CLASSES) == set(MessageClass.values)


# --- the prices of before


def old_prices(random_):
    instants = [NOW + timedelta(days=n) for n in range(12)]
    for pk in range(1, random_.randrange(2, 9)):
        first, last = sorted(random_.sample(instants, 2))
        yield SimpleNamespace(
            pk=pk,
            country=random_.choice(["CN", "GB"]),
            message_class="notice",
            valid_from=first,
            valid_until=random_.choice([None, last]),
        )


def in_force(prices, now, country):
    """As it was before: the latest of those that hold."""
    fits = [
        one
        for one in prices
        if one.country == country
        and one.valid_from <= now
        and (one.valid_until is None or now < one.valid_until)
    ]
    return max(fits, key=lambda one: (one.valid_from, one.pk), default=None)


@pytest.mark.parametrize("seed", range(50))
def test_at_each_instant_the_list_says_what_its_prices_said(seed):
    timeline = import_module("billing.migrations.0005_fill_price_book").timeline
    prices = list(old_prices(random.Random(seed)))  # noqa: S311 - no secret
    versions = list(timeline(prices))

    for hour in range(-30, 12 * 24 + 30, 6):
        now = NOW + timedelta(hours=hour)
        holding = next((rows for start, rows in reversed(versions) if start <= now), [])
        for country in ("CN", "GB"):
            found = next((one for one in holding if one.country == country), None)
            assert found is in_force(prices, now, country)


def test_the_table_of_before_is_tied_to_nothing(acme):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_constraint WHERE contype = 'f'"
            " AND conrelid = 'billing_price'::regclass"
        )
        assert cursor.fetchone() == (0,)
