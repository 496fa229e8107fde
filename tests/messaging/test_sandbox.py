"""Before a company is qualified its messages take the sandbox's route, and reach no phone."""

from dataclasses import replace

import pytest
from django.db import transaction

from accounts.models import Account, ApiKey
from accounts.services import keys
from billing.models import Entry, Package, PriceList, Wallet
from billing.services import charging, ledger, topups
from messaging.models import Message, Route, RouteCarrier
from messaging.services import acceptance
from messaging.services.acceptance import Accepted
from smsplatform.core import clock, remember
from templates_app.models import Signature, Template
from templates_app.states import ReviewState
from tests import world
from tests.messaging.test_acceptance import ask, code_to

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer():
    world.make_prices()
    world.make_carrier("Real")
    made = world.make_customer(may_send_text=False)
    Account.objects.filter(pk=made.account.pk).update(is_live=False)
    Signature.objects.update(state=ReviewState.DRAFT)
    Template.objects.update(state=ReviewState.IN_REVIEW)
    remember.forget()
    return made


@pytest.fixture
def sandbox():
    carrier = world.make_carrier("Toy")
    route = Route.objects.get(name="Route to Toy")
    Route.objects.filter(pk=route.pk).update(is_sandbox=True)
    remember.forget()
    return RouteCarrier.objects.get(route=route, carrier=carrier)


def test_what_was_not_reviewed_may_be_tried(customer, sandbox):
    [outcome] = acceptance.accept([code_to(customer)])

    assert isinstance(outcome, Accepted)
    assert Message.objects.get().route_id == sandbox.route_id


def test_free_text_may_be_tried(customer, sandbox):
    [outcome] = acceptance.accept([ask(customer, to="13800138000", text="你好")])

    assert isinstance(outcome, Accepted)


def test_without_a_sandbox_nothing_is_accepted(customer):
    [refusal] = acceptance.accept([code_to(customer)])

    assert (refusal.code, refusal.status) == ("account_not_live", 403)
    assert not Message.objects.exists()


def test_a_live_account_never_takes_the_sandboxs_route(customer, sandbox):
    Account.objects.update(is_live=True)
    Signature.objects.update(state=ReviewState.APPROVED)
    Template.objects.update(state=ReviewState.APPROVED)
    Route.objects.filter(pk=sandbox.route_id).update(country="CN", operator="mobile", priority=9)
    remember.forget()

    assert isinstance(acceptance.accept([code_to(customer)])[0], Accepted)
    assert Message.objects.get().route_id != sandbox.route_id

    Route.objects.filter(is_sandbox=False).update(is_active=False)
    remember.forget()
    [refusal] = acceptance.accept([code_to(customer)])
    assert [error.code for error in refusal.errors] == ["no_route"]


def test_whoever_becomes_live_is_judged_like_everybody(customer, sandbox):
    Account.objects.update(is_live=True)
    remember.forget()

    assert acceptance.accept([code_to(customer)])[0].code == "template_not_approved"


def test_a_sandbox_account_needs_a_signature_at_least(customer, sandbox):
    Signature.objects.all().delete()
    remember.forget()

    assert acceptance.accept([code_to(customer)])[0].code == "signature_missing"


@pytest.fixture
def live(customer, sandbox):
    """Live, with nothing approved and both kinds of keys."""
    Account.objects.update(is_live=True)
    _key, customer_text = keys.create(project=customer.project, name="CI", mode=ApiKey.Mode.SANDBOX)
    remember.forget()
    return replace(customer, key_text=customer_text)


def test_a_sandbox_key_of_a_live_account_reaches_no_phone_and_needs_no_review(live, sandbox):
    [outcome] = acceptance.accept([code_to(live)])

    assert isinstance(outcome, Accepted)
    assert Message.objects.get().route_id == sandbox.route_id


def test_a_sandbox_key_where_there_is_no_sandbox_is_refused(live, sandbox):
    Route.objects.filter(pk=sandbox.route_id).update(is_active=False)
    remember.forget()

    [refusal] = acceptance.accept([code_to(live)])

    assert (refusal.code, refusal.status) == ("sandbox_off", 403)


def give_package(account):
    package = Package.objects.create(name="Gift", parts=5, price_micros=0)
    topups.grant_package(
        account=account, package=package, is_gift=True, reference="t", actor="t", now=clock.now()
    )


@pytest.mark.parametrize("is_live", [True, False])
def test_what_goes_to_the_sandbox_costs_nothing_and_takes_from_no_package(
    customer, live, sandbox, is_live
):
    """With a sandbox key, and with a live one before the account is live."""
    Account.objects.update(is_live=is_live)
    give_package(customer.account)
    remember.forget()
    before = list(Wallet.objects.order_by("id").values_list("balance", flat=True))
    entries = Entry.objects.count()

    [outcome] = acceptance.accept([code_to(live if is_live else customer)])

    message = Message.objects.get()
    assert isinstance(outcome, Accepted)
    assert (message.price_micros, message.wallet_id) == (0, customer.wallet.pk)
    assert list(Wallet.objects.order_by("id").values_list("balance", flat=True)) == before
    assert Entry.objects.count() == entries


def test_whoever_has_no_money_left_still_tries_the_sandbox(sandbox, customer):
    poor = world.make_customer("Poor", balance="0")
    Account.objects.filter(pk=poor.account.pk).update(is_live=False)
    remember.forget()

    assert isinstance(acceptance.accept([code_to(poor)])[0], Accepted)


def test_what_was_free_is_not_refunded(live, sandbox):
    acceptance.accept([code_to(live)])
    message = Message.objects.get()
    entries = Entry.objects.count()

    with transaction.atomic():
        books = ledger.open_books([message.account_id])
        charging.refund(
            books=books,
            refunds=[
                charging.Refund(
                    message_id=message.id,
                    wallet_id=message.wallet_id,
                    project_id=message.project_id,
                    message_class=message.message_class,
                    country=message.country,
                    parts=message.parts,
                    price_micros=message.price_micros,
                    reason="cancelled",
                )
            ],
            now=clock.now(),
        )
        books.close()

    assert Entry.objects.count() == entries


def test_a_sample_prices_what_reaches_no_phone_and_charges_nobody_else(customer, sandbox):
    _only_samples()
    [tried] = acceptance.accept([code_to(customer)])
    assert isinstance(tried, Accepted)

    Account.objects.update(is_live=True)
    Signature.objects.update(state=ReviewState.APPROVED)
    Template.objects.update(state=ReviewState.APPROVED)
    remember.forget()
    [refusal] = acceptance.accept([code_to(customer)])

    assert [error.code for error in refusal.errors] == ["price_is_sample"]


def _only_samples():
    """As if nobody had published a list yet."""
    PriceList.objects.update(is_sample=True)
    remember.forget()


def test_what_was_tried_in_the_sandbox_is_not_taken_for_sent(customer, live, sandbox, client):
    """With the same idempotency key and the same body."""
    Signature.objects.update(state=ReviewState.APPROVED)
    Template.objects.update(state=ReviewState.APPROVED)
    remember.forget()
    body = {"to": "13800138000", "template": "login_code", "params": {"code": "482913"}}

    def send(bearer):
        headers = {**bearer, "Idempotency-Key": "order-1"}
        return client.post("/api/v1/messages", body, "application/json", headers=headers)

    tried, again, sent = send(live.bearer), send(live.bearer), send(customer.bearer)

    assert (tried.status_code, again.status_code) == (202, 202)
    assert tried.json()["batch_id"] == again.json()["batch_id"]
    assert (sent.status_code, sent.json()["code"]) == (422, "idempotency_key_reused")
    assert Message.objects.get().route_id == sandbox.route_id
