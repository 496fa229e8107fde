"""The staff's desk of price lists."""

import pytest
from django.urls import reverse

from billing.models import PriceList, PriceVersion, Rate
from billing.states import VersionState
from smsplatform.core.audit import AuditEntry
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def other():
    return factories.staff("b@example.com")


@pytest.fixture
def staff(client):
    client.force_login(factories.staff("a@example.com"))
    return client


@pytest.fixture
def version(staff):
    """A draft that the signed-in person began."""
    made = PriceList.objects.create(name="Standard")
    add = reverse("admin:billing_priceversion_add")
    form = {"list": made.pk, "valid_from_0": "2026-01-01", "valid_from_1": "00:00", "note": "n"}
    assert staff.post(add, form).status_code == 302
    return PriceVersion.objects.get()


def add_rate(staff, version, **fields):
    form = {"version": version.pk, "country": "cn", "price": "0.045", "basis": "delivered"}
    return staff.post(reverse("admin:billing_rate_add"), {**form, **fields})


def act(client, version, deed):
    url = reverse(f"admin:billing_priceversion_{deed}", args=[version.pk])
    return client.post(url, follow=True).content.decode()


def test_a_price_is_written_as_people_write_it(staff, version):
    steps = {"tier_mode": "marginal", "tiers": "1000:0.04 2000:0.03", "floor": "0.02"}

    assert add_rate(staff, version, **steps, digits="86138").status_code == 302

    rate = Rate.objects.get()
    assert (rate.country, rate.prefix, rate.price_micros, rate.floor_micros) == (
        "CN", "86138", 45_000, 20_000,
    )  # fmt: skip
    assert (rate.tier_scope, rate.tiers) == ("CN", ((1000, 40_000), (2000, 30_000)))
    shown = staff.get(reverse("admin:billing_rate_change", args=[rate.pk])).content.decode()
    assert 'value="1000:0.04 2000:0.03"' in shown


@pytest.mark.parametrize(
    "fields",
    [
        {"price": "0.0450001"},
        {"price": "-1"},
        {"price": "NaN"},
        {"price": "9e30"},
        {"country": "China"},
        {"country": "C1"},
        {"digits": "0086"},
        {"floor": "0.05"},
        {"tiers": "1000:0.04"},
        {"tier_mode": "marginal"},
        {"tier_mode": "marginal", "tiers": "1000:0.05"},
        {"tier_mode": "marginal", "tiers": "-5:0.04"},
        {"tier_mode": "marginal", "tiers": "1000:0.04 1000:0.03"},
        {"tier_mode": "marginal", "tiers": "1000:0.04", "floor": "0.041"},
        {"tier_mode": "marginal", "tiers": "1" + "0" * 30 + ":0.04"},
        {"message_class": "spam"},
    ],
)
def test_a_price_that_cannot_be_meant_is_refused_with_a_word(staff, version, fields):
    answer = add_rate(staff, version, **fields)

    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert not Rate.objects.exists()


def test_a_destination_is_priced_once_a_version(staff, version):
    add_rate(staff, version)

    assert add_rate(staff, version).status_code == 200
    assert Rate.objects.count() == 1


def test_what_one_writes_another_publishes(staff, version, other, client):
    add_rate(staff, version)
    assert "somebody else has to publish" in act(staff, version, "publish")

    client.force_login(other)
    assert "Published." in act(client, version, "publish")

    version.refresh_from_db()
    assert (version.state, version.published_by) == (VersionState.PUBLISHED, other.pk)
    assert AuditEntry.objects.filter(action="price_list.published").count() == 1


def test_what_was_published_is_shown_and_no_more(staff, version, client, other):
    add_rate(staff, version)
    client.force_login(other)
    act(client, version, "publish")
    rate = Rate.objects.get()
    change = reverse("admin:billing_rate_change", args=[rate.pk])

    assert staff.get(change).status_code == 200
    assert staff.post(change, {"price": "9"}).status_code == 403
    assert add_rate(staff, version, country="GB").status_code == 200
    assert Rate.objects.get().price_micros == 45_000


def test_a_new_version_begins_with_the_prices_of_another(staff, version):
    add_rate(staff, version)

    act(staff, version, "redraft")

    new = PriceVersion.objects.latest("pk")
    assert (new.number, new.state, new.rates.get().price_micros) == (2, "draft", 45_000)


def test_whose_a_list_is_stays(staff, version):
    made = version.list
    url = reverse("admin:billing_pricelist_change", args=[made.pk])

    staff.post(url, {"name": "New", "currency": "GBP", "is_sample": "on"})

    made.refresh_from_db()
    assert (made.name, made.currency, made.is_sample) == ("New", "CNY", False)


def test_who_may_only_look_publishes_nothing(client, version):
    client.force_login(factories.staff("c@example.com", is_superuser=False))

    assert (
        client.post(reverse("admin:billing_priceversion_publish", args=[version.pk])).status_code
        == 403
    )
