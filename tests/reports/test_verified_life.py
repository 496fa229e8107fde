"""What the real services leave behind breaks no invariant, and all sums of money agree."""

import base64
import json
from datetime import timedelta

import pytest
from django.db.models import Sum

from accounts.models import WebhookEndpoint
from accounts.services import webhooks
from billing.services import invoicing
from messaging import access
from messaging.models import Message
from messaging.services import acceptance, dispatch, leases, receipts, resolver
from messaging.services.acceptance import Accepted
from messaging.services.dispatch import Answer, Outcome
from messaging.services.receipts import ReceiptOutcome, Report
from reports.models import DailyStat
from reports.services import rollup, verification
from smsplatform.core import clock
from tests import world

pytestmark = pytest.mark.django_db

# One digit for each fate.
DELIVERED, UNDELIVERED, REFUSED, LATE, RESENT = range(5)


class Pipeline:
    """One carrier, driven by hand; time is added to the database's."""

    def __init__(self):
        world.make_prices()
        self.carrier = world.make_carrier()
        self.customer = world.make_customer()
        webhooks.create_endpoint(
            account=self.customer.account,
            url="https://a.example/",
            secret="whsec_" + base64.b64encode(bytes(32)).decode(),
        )
        WebhookEndpoint.objects.update(created_at=clock.now() - timedelta(days=1))
        self.epoch = leases.take(leases.of_carrier(self.carrier.id), owner="test")
        self.now = clock.now()

    def accept(self, fates):
        key = access.let_in(
            authorization=self.customer.bearer["Authorization"], address="::1", now=self.now
        )
        body = {
            "to": [f"1380013800{fate}" for fate in fates],
            "template": "login_code",
            "params": {"code": "123456"},
            "on_unknown": "resend",
        }
        request = access.parse(
            body=json.dumps(body).encode(),
            content_type="application/json",
            idempotency_key="k",
            key=key,
        )
        [outcome] = acceptance.accept([request])
        assert isinstance(outcome, Accepted)
        self.now = clock.now()

    def submit(self, answers):
        """Claim what is due and answer it by its fate; no answer leaves the outcome unknown."""
        sender = {"carrier_id": self.carrier.id, "epoch": self.epoch, "now": self.now}
        claims = dispatch.about_to_submit(claims=dispatch.claim(most=100, **sender), **sender)
        told = [
            Answer(
                claim.message_id,
                claim.no,
                answers[fate],
                (f"id{fate}",) if answers[fate] == Outcome.ACCEPTED else (),
            )
            for claim in claims
            if (fate := int(claim.number[-1])) in answers
        ]
        dispatch.record(answers=told, **sender)

    def report(self, **outcomes):
        reports = [
            Report(f"id{fate}", f"+861380013800{fate}", outcome, "DLR", "raw")
            for fate, outcome in ((int(name[1:]), value) for name, value in outcomes.items())
        ]
        receipts.store(carrier_id=self.carrier.id, reports=reports, now=self.now)
        receipts.apply(carrier_id=self.carrier.id, now=self.now)

    def broken(self):
        findings = verification.check(since=None, now=self.now)
        return {finding.invariant.id: finding.rows for finding in findings if finding.rows}


@pytest.fixture
def lived():
    """Five messages, each with a fate of its own, checked at every turn."""
    line = Pipeline()
    line.accept([DELIVERED, UNDELIVERED, REFUSED, LATE, RESENT])
    assert line.broken() == {}
    taken = dict.fromkeys((DELIVERED, UNDELIVERED, LATE), Outcome.ACCEPTED)
    line.submit({**taken, REFUSED: Outcome.REFUSED, RESENT: Outcome.UNKNOWN})
    assert line.broken() == {}
    line.now += timedelta(minutes=1)
    resolver.resolve(now=line.now)
    assert line.broken() == {}
    line.submit({RESENT: Outcome.ACCEPTED})
    line.report(
        f0=ReceiptOutcome.DELIVERED, f1=ReceiptOutcome.UNDELIVERED, f4=ReceiptOutcome.DELIVERED
    )
    assert line.broken() == {}
    receipts.no_receipt(now=line.now + timedelta(seconds=1), wait=timedelta(seconds=1))
    assert line.broken() == {}
    line.report(f3=ReceiptOutcome.DELIVERED)
    return line


def test_every_turn_of_a_life_is_whole(lived):
    states = Message.objects.order_by("number").values_list("state", flat=True)

    assert list(states) == ["delivered", "undelivered", "failed", "delivered", "delivered"]
    assert lived.broken() == {}


def test_statistics_ledger_and_invoice_tell_the_same_sum(lived):
    """Delivered at once and delivered by the resend are paid; the late one was given back."""
    account = lived.customer.account
    rollup.rebuild_recent(now=lived.now, days_back=1)
    invoice = invoicing.close(
        account=account, until_date=lived.now.date() + timedelta(days=3), now=lived.now
    )

    counted = DailyStat.objects.for_account(account).aggregate(sum=Sum("price_micros"))["sum"]
    spent = 100_000_000 - lived.customer.balance()
    assert (counted, spent, invoice.net_micros) == (90_000, 90_000, 90_000)
    assert lived.broken() == {}
