"""What a version of a price list changes, on the desk and as a table."""

from datetime import timedelta

import pytest
from django.urls import reverse

from billing.models import Rate
from billing.services import comparing, rate_rows
from billing.states import VersionState
from smsplatform.core import clock
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    client.force_login(factories.staff("a@example.com"))
    return client


def version(of, *rows, state=VersionState.DRAFT, days=30):
    """Rows as a file has them: country, prefix, class, price."""
    made = factories.PriceVersionFactory(
        list=of, valid_from=clock.now() - timedelta(days=days), state=VersionState.DRAFT
    )
    for country, prefix, message_class, price in rows:
        asked = {"country": country, "prefix": prefix, "class": message_class, "price": price}
        rate = rate_rows.read(asked)
        rate.version = made
        rate.save()
    type(made).objects.filter(pk=made.pk).update(state=state)
    made.refresh_from_db()
    return made


@pytest.fixture
def standing():
    return version(
        factories.PriceListFactory(),
        ("CN", "", "", "0.045"),
        ("CN", "86138", "marketing", "0.055"),
        ("GB", "", "", "0.34"),
        state=VersionState.PUBLISHED,
    )


@pytest.fixture
def draft(standing):
    return version(
        standing.list,
        ("CN", "", "", "0.05"),
        ("CN", "86138", "marketing", "0.055"),
        ("US", "", "", "0.11"),
    )


def page(staff, of, **asked):
    return staff.get(reverse("admin:billing_priceversion_compare", args=[of.pk]), asked)


def told(changes):
    return [
        (change.where[0], change.told_before[:1], change.told_after[:1], change.difference)
        for change in changes
    ]


def test_only_what_differs_from_the_one_in_force_is_told(staff, draft):
    assert told(page(staff, draft).context["changes"]) == [
        ("CN", ["0.045 CNY"], ["0.05 CNY"], "+0.005 CNY"),
        ("GB", ["0.34 CNY"], [], ""),
        ("US", [], ["0.11 CNY"], ""),
    ]


def test_a_country_and_a_class_narrow_it(staff, draft):
    assert [c.where[0] for c in page(staff, draft, country="us").context["changes"]] == ["US"]
    assert not page(staff, draft, message_class="marketing").context["changes"]


def test_a_country_that_is_none_shows_no_changes_but_a_word(staff, draft):
    answer = page(staff, draft, country="China")

    assert answer.context["form"].errors
    assert not answer.context["changes"]


def test_what_is_in_force_is_compared_with_what_it_replaced(staff, standing):
    newer = version(standing.list, ("CN", "", "", "0.04"), state=VersionState.PUBLISHED, days=1)

    assert page(staff, newer).context["other"] == standing


def test_a_draft_is_no_measure_unless_it_is_asked_for(staff, standing, draft):
    third = version(standing.list, ("CN", "", "", "0.05"), ("US", "", "", "0.11"))

    assert page(staff, third).context["other"] == standing
    against = page(staff, third, other=draft.pk).context
    assert told(against["changes"]) == [("CN", ["0.055 CNY"], [], "")]


def test_a_version_of_another_list_is_not_compared(staff, draft):
    stranger = version(factories.PriceListFactory(currency="GBP"), ("CN", "", "", "1.00"))

    assert "other" in page(staff, draft, other=stranger.pk).context["form"].errors


def test_all_of_a_list_s_first_version_is_new(staff):
    first = version(factories.PriceListFactory(), ("CN", "", "", "0.045"))

    assert told(page(staff, first).context["changes"]) == [("CN", [], ["0.045 CNY"], "")]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"floor": "0.02"}, "floor 0.02 CNY"),
        ({"basis": "accepted"}, "accepted by the carrier"),
        ({"tier_mode": "marginal", "tiers": "1000:0.04"}, "above 1,000 parts: 0.04 CNY"),
    ],
)
def test_more_than_the_price_may_differ(changed, said):
    of = factories.PriceListFactory()
    before, after = version(of, ("CN", "", "", "0.045")), version(of)
    rate = rate_rows.read({"country": "CN", "price": "0.045", **changed})
    rate.version = after
    rate.save()

    change = comparing.compare(before=before, after=after)[0]

    assert said in change.told_after
    assert said not in change.told_before
    assert not change.difference


def test_more_prices_cost_no_more_queries(staff, draft, django_assert_num_queries):
    page(staff, draft)
    with django_assert_num_queries(8):
        page(staff, draft)
    for country in ("DE", "FR", "IE"):
        Rate.objects.create(version=draft, country=country, price_micros=1)
    with django_assert_num_queries(8):
        page(staff, draft)


def test_what_is_exported_reads_as_the_same_prices(staff, standing):
    answer = staff.get(reverse("admin:billing_priceversion_export", args=[standing.pk]))

    lines = rate_rows.read_all(answer.content.decode())
    assert [rate_rows.write(line.rate) for line in lines] == [
        rate_rows.write(rate) for rate in standing.rates.order_by("country", "prefix")
    ]


def test_a_list_leads_to_its_versions(staff, standing):
    shown = staff.get(reverse("admin:billing_pricelist_change", args=[standing.list_id]))

    assert f"?q={standing.list_id}" in shown.content.decode()


@pytest.mark.parametrize("name", ["compare", "export"])
def test_who_may_not_look_at_prices_sees_none(client, standing, name):
    client.force_login(factories.staff("c@example.com", is_superuser=False))

    url = reverse(f"admin:billing_priceversion_{name}", args=[standing.pk])
    assert client.get(url).status_code == 403
