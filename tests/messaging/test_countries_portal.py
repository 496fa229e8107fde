"""The page of countries: opened and closed by those who answer for the account's money."""

import pytest

from accounts.models import Role
from billing.models import CustomerGroup, Rate
from messaging.models import OpenedCountry
from smsplatform.core.audit import AuditEntry
from tests import factories, world
from tests.portal import confirm_password, hold_clock, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(client):
    world.make_prices()
    account = sign_in(client, role=Role.OWNER)
    confirm_password(client)
    return account


def test_without_any_the_page_says_why_and_what_to_do(client, account):
    text = client.get("/countries/").text

    assert "Only your own country" in text
    assert "/countries/open" in text


def test_an_owner_opens_a_priced_country_and_closes_it(client, account):
    assert "United Kingdom (GB)" in client.get("/countries/open").text

    response = client.post("/countries/open", {"country": "GB"}, follow=True)

    row = OpenedCountry.objects.get(account=account)
    assert (row.country, "@" in row.opened_by) == ("GB", True)
    assert "accepted from now on" in response.text
    assert "Close United Kingdom" in client.get("/countries/GB/close").text
    client.post("/countries/GB/close")
    assert not OpenedCountry.objects.exists()
    audited = AuditEntry.objects.filter(account_id=account.pk, action__startswith="country.")
    assert [one.action for one in audited.order_by("id")] == ["country.opened", "country.closed"]


@pytest.mark.parametrize("country", ["FR", "CN", "xx", ""])
def test_what_has_no_price_or_is_open_anyhow_cannot_be_opened(client, account, country):
    assert client.post("/countries/open", {"country": country}).status_code == 200
    assert not OpenedCountry.objects.exists()


def test_what_only_other_customers_have_a_price_for_is_not_offered(client, account):
    others = CustomerGroup.objects.create(name="Others")
    world.publish(Rate(country="FR", price_micros=1), group=others)

    assert "France" not in client.get("/countries/open").text


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.SENDER, Role.FINANCE, Role.VIEWER])
def test_other_roles_see_the_list_only(client, role):
    account = sign_in(client, role=role)
    factories.OpenedCountryFactory(account=account)

    text = client.get("/countries/").text

    assert "United Kingdom" in text
    assert "/countries/open" not in text
    assert client.post("/countries/open", {"country": "GB"}).status_code == 403
    assert client.post("/countries/GB/close").status_code == 403


def test_to_open_one_asks_for_the_password_again(client):
    sign_in(client)

    assert "reauthenticate" in client.get("/countries/open").url


def test_the_list_costs_four_queries(client, monkeypatch, django_assert_num_queries):
    account = sign_in(client)
    hold_clock(monkeypatch)
    factories.OpenedCountryFactory(account=account)
    with django_assert_num_queries(4):  # session, user, memberships, countries
        client.get("/countries/")
