"""Who pays afterwards is reminded by the steps that finance has set, each once."""

from datetime import UTC, date, datetime

import pytest

from accounts.models import Account, Project, Role
from billing.models import BillingDetails, DunningStep, Receivable
from billing.services import dunning, invoice_mail, invoicing, topups
from billing.services.deciding import AlreadyDecided
from billing.states import ReceivableState
from tests import factories
from tests.billing.test_invoicing import book

pytestmark = pytest.mark.django_db
OCTOBER = datetime(2026, 10, 20, tzinfo=UTC)
ISSUED = datetime(2026, 11, 2, tzinfo=UTC)


@pytest.fixture
def invoice():
    """Due on 12 November, in Shanghai."""
    account = Account.objects.create(name="Silk Road Ltd", timezone="Asia/Shanghai")
    factories.MembershipFactory(account=account, role=Role.OWNER)
    topups.credit(
        account=account, amount_micros=10**9, reference="topup:1", actor="test", now=OCTOBER
    )
    BillingDetails.objects.create(account=account, title="Silk Road", due_days=10)
    book(Project.objects.create(account=account, name="shop"), now=OCTOBER, price=1_000_000)
    return invoicing.close(account=account, until_date=date(2026, 11, 1), now=ISSUED)


@pytest.fixture
def steps():
    return [
        DunningStep.objects.create(days_after_due=days, text=f"Reminder after {days} days.")
        for days in (3, 10)
    ]


def reminded(day, hour=0):
    return dunning.remind(now=datetime(2026, 11, day, hour, tzinfo=UTC))


def test_each_step_comes_once_by_the_calendar_of_the_invoice(invoice, steps):
    assert reminded(14, 15) == 0
    assert reminded(14, 16) == 1
    assert reminded(15) == 0
    assert reminded(22) == 1
    assert reminded(30) == 0


def test_who_was_not_reminded_in_time_gets_the_latest_step_only(invoice, steps):
    assert reminded(30) == 1

    assert Receivable.objects.get().reminded_days == 10
    assert reminded(30) == 0


@pytest.mark.parametrize("state", [ReceivableState.PAID, ReceivableState.WRITTEN_OFF])
def test_what_is_settled_is_not_spoken_of(invoice, steps, state):
    dunning.settle(receivable=Receivable.objects.get(), state=state, by="user:1", now=ISSUED)

    assert reminded(30) == 0
    with pytest.raises(AlreadyDecided):
        dunning.settle(receivable=Receivable.objects.get(), state=state, by="user:1", now=ISSUED)


def test_the_reminder_says_what_finance_wrote(invoice, steps, mailoutbox):
    invoice_mail.remind(invoice_id=invoice.pk, step_id=steps[0].pk)

    (mail,) = mailoutbox
    assert mail.subject == f"Invoice {invoice.number} is overdue"
    assert "Reminder after 3 days." in mail.body


def test_a_reminder_that_was_overtaken_by_the_payment_is_not_sent(invoice, steps, mailoutbox):
    paid = ReceivableState.PAID
    dunning.settle(receivable=Receivable.objects.get(), state=paid, by="user:1", now=ISSUED)

    assert invoice_mail.remind(invoice_id=invoice.pk, step_id=steps[0].pk) == 0
    assert mailoutbox == []
