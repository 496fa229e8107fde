"""GET /api/v1/balance."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.models import Account, ApiKey, Project, Scope
from accounts.services import keys
from billing.models import Package, Wallet
from billing.services import topups
from smsplatform.core import clock

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)


@pytest.fixture
def account():
    account = Account.objects.create(name="Silk Road Ltd")
    topups.credit(
        account=account, amount_micros=12_345_000, reference="topup:1", actor="test", now=NOW
    )
    return account


def client(account, *scopes):
    project = Project.objects.create(account=account, name="shop")
    _key, text = keys.create(project=project, name="test", scopes=scopes or [Scope.BALANCE])
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return client


def get(account, *scopes):
    return client(account, *scopes).get(reverse("api-balance"))


def test_the_balance_is_exact_and_in_the_accounts_currency(account):
    assert get(account).json() == {
        "currency": "CNY",
        "balance": {"amount": "12.345", "currency": "CNY"},
        "wallets": [
            {
                "unit": "micros",
                "balance": {"amount": "12.345", "currency": "CNY"},
                "available": {"amount": "12.345", "currency": "CNY"},
            }
        ],
    }


def test_a_credit_line_can_be_spent(account):
    Wallet.objects.filter(account=account).update(floor=-10_000_000, balance=-4_000_000)

    wallet = get(account).json()["wallets"][0]

    assert (wallet["balance"]["amount"], wallet["available"]["amount"]) == ("-4.00", "6.00")


def test_packages_are_counted_in_parts(account):
    package = Package.objects.create(
        name="10,000 codes", parts=10_000, price_micros=1, message_class="verification"
    )
    wallet = topups.grant_package(
        account=account,
        package=package,
        is_gift=False,
        reference="p",
        actor="test",
        now=datetime.now(UTC),
    )

    assert get(account).json()["wallets"][1] == {
        "unit": "parts",
        "parts": 10_000,
        "package": "10,000 codes",
        "message_class": "verification",
        "country": None,
        "expires_at": wallet.expires_at.isoformat(),
    }


def test_an_expired_package_pays_for_nothing(account):
    past = datetime.now(UTC) - timedelta(days=1)
    Wallet.objects.create(account=account, unit="parts", balance=5, expires_at=past)

    assert [wallet["unit"] for wallet in get(account).json()["wallets"]] == ["micros"]


def test_an_account_that_never_paid_has_nothing():
    answer = get(Account.objects.create(name="New", currency="USD")).json()

    assert answer == {
        "currency": "USD",
        "balance": {"amount": "0.00", "currency": "USD"},
        "wallets": [],
    }


def test_a_stranger_sees_only_his_own(account):
    stranger = Account.objects.create(name="Stranger")

    assert get(stranger).json()["balance"]["amount"] == "0.00"


def test_a_key_without_the_scope_is_refused(account):
    response = get(account, Scope.SEND)

    assert (response.status_code, response.json()["code"]) == (403, "scope_missing")


def test_nobody_without_a_key_learns_a_balance(account):
    response = APIClient().get(reverse("api-balance"))

    assert response.status_code == 401


def test_the_balance_costs_three_queries(account, django_assert_num_queries):
    caller = client(account)
    clock.measure()
    # Once a minute a use is noted besides.
    keys.note_use([ApiKey.objects.get().pk], now=clock.now())

    with django_assert_num_queries(3):
        caller.get(reverse("api-balance"))


def test_the_schema_describes_both_kinds_of_wallet():
    from drf_spectacular.generators import SchemaGenerator

    schema = SchemaGenerator().get_schema(request=None, public=True)

    assert schema["paths"]["/api/v1/balance"]["get"]["operationId"] == "balance_show"
    assert len(schema["components"]["schemas"]["Wallet"]["oneOf"]) == 2
