"""To whom an account may write at all: its countries, and those who agreed to advertising."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.models import OpenedCountry, RuleSwitch
from messaging.services import acceptance, consent, countries, packs
from messaging.services.acceptance import Accepted
from smsplatform.core import clock, partitions, remember
from templates_app.models import MessageClass
from tests import world
from tests.messaging.test_acceptance import ask

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)  # in Shanghai


@pytest.fixture
def customer():
    partitions.make_all_ahead(now=NOON)
    clock.use(lambda: NOON)
    world.make_prices()
    world.make_carrier()
    packs.install()
    made = world.make_customer()
    world.make_template(
        made.account, "sale", message_class=MessageClass.MARKETING, body="Sale!", variables=[]
    )
    remember.forget()
    yield made
    clock.use(None)
    remember.forget()


def advertise(customer, to="13800138000", **more):
    return acceptance.accept([ask(customer, to=to, template="sale", **more)])[0]


def a_code(customer, to="13800138000"):
    asked = ask(customer, to=to, template="login_code", params={"code": "123456"})
    return acceptance.accept([asked])[0]


def test_another_country_is_closed_until_the_account_opens_it(customer):
    OpenedCountry.objects.all().delete()
    remember.forget()
    asked = ask(customer, to=["13800138000", "+447400123456"], text="hi")

    outcome = acceptance.accept([asked])[0]

    assert [message.country for message in outcome.messages] == ["CN"]
    [refused] = outcome.rejected
    assert (refused.problem.code, refused.problem.facts) == (
        "country_not_allowed",
        {"country": "GB"},
    )
    assert "an owner or administrator opens the country" in refused.problem.sentence()

    countries.open_country(account_id=customer.account.id, country="GB", by="li", now=NOON)
    remember.forget()
    assert len(acceptance.accept([asked])[0].messages) == 2


def test_one_accounts_countries_are_not_anothers(customer):
    other = world.make_customer("Other Ltd")
    OpenedCountry.objects.filter(account=other.account).delete()
    remember.forget()
    asked = [ask(one, to="+447400123456", text="hi") for one in (customer, other)]

    first, second = acceptance.accept(asked)

    assert isinstance(first, Accepted)
    assert [one.code for one in second.errors] == ["country_not_allowed"]


@pytest.fixture
def strict(customer):
    """Advertising to mainland China needs a consent on record."""
    RuleSwitch.objects.create(rule="consent_missing", country="CN", is_on=True, reason="x")
    remember.forget()
    return customer


def says(customer, act, number="+8613800138000", *, days_ago=0, signature=None, of="marketing"):
    at = NOON - timedelta(days=days_ago)
    said = consent.NewConsent(customer.account.id, number, of, act, "form", at, signature)
    consent.record(entries=[said], by="tests", now=NOON)


def test_advertising_without_consent_is_refused_where_the_country_asks_for_it(strict):
    [error] = advertise(strict).errors

    assert (error.code, error.field) == ("consent_missing", "to")
    assert "/api/v1/consents" in error.sentence()
    assert isinstance(a_code(strict), Accepted)


@pytest.mark.parametrize(
    ("said", "passes"),
    [
        ([("granted", {})], True),
        ([("granted", {"days_ago": 2}), ("withdrawn", {"days_ago": 1})], False),
        ([("granted", {"days_ago": 1}), ("withdrawn", {"days_ago": 2})], True),
        ([("granted", {"of": "notice"})], False),
        ([("granted", {"number": "+8613900139000"})], False),
        ([("granted", {"signature": "mine"})], True),
        ([("granted", {"signature": "other"})], False),
        ([("granted", {"signature": "mine", "days_ago": 2}), ("withdrawn", {})], False),
        ([("granted", {}), ("withdrawn", {"signature": "other"})], True),
    ],
)
def test_the_latest_word_about_this_signature_or_all_decides(strict, said, passes):
    signatures = {
        "mine": strict.signature.id,
        "other": world.make_signature(strict.account, "Other").id,
    }
    for act, fields in said:
        says(strict, act, **fields | {"signature": signatures.get(fields.get("signature"))})
    remember.forget()

    assert isinstance(advertise(strict, signature="Acme"), Accepted) is passes


def test_an_account_may_be_let_off_and_anothers_consent_does_not_help(strict):
    other = world.make_customer("Other Ltd")
    says(other, "granted")
    assert not isinstance(advertise(strict), Accepted)

    RuleSwitch.objects.create(rule="consent_missing", account=strict.account, reason="x")
    remember.forget()

    assert isinstance(advertise(strict), Accepted)


def test_consents_cost_one_question_for_all_recipients_and_none_for_codes(strict):
    numbers = [f"1380013{n:04}" for n in range(50)]
    for number in numbers[:-1]:
        says(strict, "granted", f"+86{number}")

    def asked(send):
        send()
        with CaptureQueriesContext(connection) as queries:
            outcome = send()
        return outcome, sum("consententry" in one["sql"] for one in queries)

    outcome, count = asked(lambda: advertise(strict, to=numbers))
    assert (len(outcome.messages), len(outcome.rejected), count) == (49, 1, 1)
    assert asked(lambda: a_code(strict, to="13900139000"))[1] == 0
