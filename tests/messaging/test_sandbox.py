"""Before a company is qualified its messages take the sandbox's route, and reach no phone."""

import pytest

from accounts.models import Account
from messaging.models import Message, Route, RouteCarrier
from messaging.services import acceptance
from messaging.services.acceptance import Accepted
from smsplatform.core import remember
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
