"""Before its account is live a message reaches a phone only of the account's own, and only where
staff have made a route for that."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account, ApiKey, TrialNumber
from accounts.services import keys, trial_numbers
from billing.models import Entry
from messaging.models import CapExemption, Message, Route
from messaging.services import acceptance, withdrawal
from messaging.services.acceptance import Accepted
from smsplatform.core import clock, partitions, remember
from templates_app.models import Signature, Template, WordList
from templates_app.services import words
from templates_app.states import ReviewState
from tests import factories, world
from tests.messaging.test_acceptance import ask, code_to
from tests.portal import sign_in

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
OWN, OTHER = "+8613800138000", "+8613900139000"


@pytest.fixture
def at():
    """Sets the clock."""

    def move(instant):
        clock.use(lambda: instant)
        remember.forget()

    partitions.make_all_ahead(now=NOON)
    move(NOON)
    yield move
    clock.use(None)
    remember.forget()


def route(name, **flags):
    world.make_carrier(name)
    Route.objects.filter(name=f"Route to {name}").update(**flags)
    remember.forget()
    return Route.objects.get(name=f"Route to {name}")


@pytest.fixture
def simulator(at):
    return route("Toy", is_sandbox=True, country="CN", priority=9)


@pytest.fixture
def real(at):
    return route("Trial", is_sandbox=True, is_trial=True)


@pytest.fixture
def newcomer(simulator, real):
    """With one number of its own, and nothing approved."""
    world.make_prices()
    made = world.make_customer()
    Account.objects.filter(pk=made.account.pk).update(is_live=False)
    Signature.objects.update(state=ReviewState.DRAFT)
    Template.objects.update(state=ReviewState.DRAFT)
    factories.TrialNumberFactory(account=made.account, number=OWN)
    remember.forget()
    return made


def goes(customer, to=OWN, **more):
    """By which route."""
    [outcome] = acceptance.accept([code_to(customer, to=to, **more)])
    assert isinstance(outcome, Accepted), outcome
    return Message.objects.latest("id").route_id


def test_a_code_to_an_own_number_takes_the_route_for_trials(newcomer, real):
    assert goes(newcomer) == real.pk


def test_it_costs_nothing_and_is_not_in_the_ledger(newcomer):
    entries = Entry.objects.count()

    goes(newcomer)

    assert Message.objects.get().price_micros == 0
    assert Entry.objects.count() == entries


def test_other_numbers_are_simulated(newcomer, simulator):
    assert goes(newcomer, OTHER) == simulator.pk


def test_the_number_of_another_account_is_simulated(newcomer, simulator):
    factories.TrialNumberFactory(number=OTHER)
    remember.forget()

    assert goes(newcomer, OTHER) == simulator.pk


def test_one_request_may_hold_both(newcomer, simulator, real):
    acceptance.accept([code_to(newcomer, to=[OWN, OTHER])])

    assert dict(Message.objects.values_list("number", "route_id")) == {
        OWN: real.pk,
        OTHER: simulator.pk,
    }


@pytest.mark.parametrize("change", [{"is_active": False}, {"country": "GB"}])
def test_without_a_route_for_it_everything_is_simulated(newcomer, simulator, real, change):
    Route.objects.filter(pk=real.pk).update(**change)
    remember.forget()

    assert goes(newcomer) == simulator.pk


def test_a_removed_number_is_simulated(newcomer, simulator):
    trial_numbers.remove(row=TrialNumber.objects.get(), by="user:1", now=NOON)
    remember.forget()

    assert goes(newcomer) == simulator.pk


def test_a_sandbox_key_reaches_no_phone_not_even_an_own_one(newcomer, simulator):
    _key, text = keys.create(project=newcomer.project, name="CI", mode=ApiKey.Mode.SANDBOX)

    assert goes(replace(newcomer, key_text=text)) == simulator.pk


def test_a_live_account_never_takes_the_route_for_trials(newcomer, real):
    live = route("Real")
    Account.objects.update(is_live=True)
    Signature.objects.update(state=ReviewState.APPROVED)
    Template.objects.update(state=ReviewState.APPROVED)
    remember.forget()

    assert goes(newcomer) == live.pk
    assert Message.objects.get().price_micros == world.CODE_PRICE_MICROS


def test_a_route_for_trials_alone_is_no_sandbox(newcomer, simulator):
    Route.objects.filter(pk=simulator.pk).delete()
    remember.forget()

    [refusal] = acceptance.accept([code_to(newcomer)])

    assert refusal.code == "account_not_live"


def test_notices_reach_the_phone_and_advertising_does_not(newcomer, simulator, real):
    world.make_template(newcomer.account, "told", message_class="notice", body="Hi", variables=[])
    world.make_template(newcomer.account, "ad", message_class="marketing", body="Hi", variables=[])
    for template in ("told", "ad"):
        [outcome] = acceptance.accept([ask(newcomer, to=OWN, template=template)])
        assert isinstance(outcome, Accepted)

    routes = dict(Message.objects.values_list("message_class", "route_id"))
    assert routes == {"notice": real.pk, "marketing": simulator.pk}


def test_eleven_messages_a_day_are_one_too_many_whatever_they_are(newcomer, at):
    CapExemption.objects.create(number=OWN)
    for minute in range(10):
        at(NOON + timedelta(minutes=minute))
        more = {"text": "hi"} if minute % 2 else {"template": "login_code"}
        params = {} if minute % 2 else {"params": {"code": "123456"}}
        assert isinstance(acceptance.accept([ask(newcomer, to=OWN, **more, **params)])[0], Accepted)

    at(NOON + timedelta(minutes=10))
    [refusal] = acceptance.accept([code_to(newcomer)])
    assert refusal.code == "frequency_capped"
    [problem] = refusal.errors
    assert problem.facts["cap"] == "trial"
    assert problem.facts["retry_at"] == "2026-11-24T04:00:00Z"

    at(NOON + timedelta(days=1))
    assert isinstance(acceptance.accept([code_to(newcomer)])[0], Accepted)


def test_how_many_a_day_is_said_at_the_account(newcomer, simulator):
    Account.objects.update(most_trial_messages=0)
    remember.forget()

    assert goes(newcomer) == simulator.pk


@pytest.mark.parametrize("level", ["reject", "review"])
def test_words_of_the_lists_reach_no_phone_though_they_are_in_the_template(newcomer, level):
    """Nobody has read the template."""
    WordList.objects.all().delete()
    made = WordList.objects.create(name=level, level=level)
    words.revise(word_list=made, words=["赌博"], by=None, now=NOON)
    world.make_template(newcomer.account, "win", body="赌博 ${code}", state=ReviewState.DRAFT)
    remember.forget()

    [refusal] = acceptance.accept(
        [ask(newcomer, to=OWN, template="win", params={"code": "123456"})]
    )

    assert [(one.code, one.field) for one in refusal.errors] == [("words_not_allowed", "template")]


def test_what_waits_is_not_withdrawn_for_want_of_a_review(newcomer):
    goes(newcomer)

    withdrawal.cancel(account_id=newcomer.account.pk, after=withdrawal.BEGINNING, now=NOON)

    assert Message.objects.get().state == "queued"


def test_who_tries_nothing_is_asked_nothing(newcomer):
    """Of an account that is live: no question about trial numbers."""
    Account.objects.update(is_live=True)
    Signature.objects.update(state=ReviewState.APPROVED)
    Template.objects.update(state=ReviewState.APPROVED)
    route("Real")

    with CaptureQueriesContext(connection) as asked:
        acceptance.accept([code_to(newcomer)])

    assert not [one for one in asked if "accounts_trialnumber" in one["sql"]]


@pytest.mark.parametrize(("to", "is_told"), [(OWN, True), (OTHER, False)])
def test_its_life_says_that_it_was_sent_for_real(newcomer, client, to, is_told):
    goes(newcomer, to)
    sign_in(client, account=newcomer.account)

    page = client.get(reverse("message-detail", args=[Message.objects.get().id])).text

    assert ("Sent for real to your own number" in page) is is_told


def test_whether_a_number_is_reached_is_known_before(newcomer, real):
    row = TrialNumber.objects.get()
    assert trial_numbers.is_reached(row)

    Route.objects.filter(pk=real.pk).update(is_active=False)
    remember.forget()
    assert not trial_numbers.is_reached(row)
