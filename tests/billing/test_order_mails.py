"""Whoever may spend the account's money reads by mail what was paid and what went back."""

import pytest
from django.core import mail
from django_q.models import OrmQ

from accounts.models import Event, Role
from billing import tasks
from tests import factories
from tests.billing.paying import order_of, refund, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def order():
    account = factories.AccountFactory(currency="CNY")
    for role in (Role.OWNER, Role.VIEWER):
        factories.MembershipFactory(account=account, role=role, user__email=f"{role}@example.com")
    return order_of(account)


def post():
    """What the queue would; the tasks themselves are counted by their rows."""
    for event in Event.objects.filter(kind__startswith="order.").order_by("created_at", "id"):
        tasks.mail_order(event_id=str(event.pk))


def test_a_payment_is_mailed_to_who_may_spend_and_to_nobody_else(order):
    tell(order)
    post()

    [told] = mail.outbox
    assert told.to == ["owner@example.com"]
    assert order.reference in told.subject
    assert "200.00 CNY" in told.body
    assert f"/orders/{order.public_id}" in told.body


def test_what_went_back_is_mailed_with_how_much(order):
    tell(order)
    tell(order, refund(50_000_000))
    post()

    [told] = [one.body for one in mail.outbox if "went back" in one.subject]
    assert "50.00 CNY" in told


def test_a_payment_that_is_told_five_times_is_one_mail(order):
    before = OrmQ.objects.count()
    for _each in range(5):
        tell(order)

    assert OrmQ.objects.count() == before + 1
