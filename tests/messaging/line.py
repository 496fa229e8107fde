"""A carrier driven by hand: accept, claim, submit, answer, report; the time is the test's."""

import base64
import json
from datetime import timedelta

from accounts.models import WebhookDelivery
from accounts.services import webhooks
from billing.models import Entry
from messaging import access
from messaging.models import Attempt, Message
from messaging.services import acceptance, dispatch, leases, receipts
from messaging.services.acceptance import Accepted
from messaging.services.dispatch import Answer, Outcome
from messaging.services.receipts import ReceiptOutcome, Report
from smsplatform.core import clock, remember
from tests import world

SECRET = "whsec_" + base64.b64encode(bytes(32)).decode()


class Line:
    is_quick = False

    def __init__(self, **carrier):
        world.make_prices()
        self.carrier = world.make_carrier(**carrier)
        self.customer = world.make_customer()
        self.endpoint = webhooks.create_endpoint(
            account=self.customer.account, url="https://a.example/", secret=SECRET
        )
        remember.forget()
        self.take_lease()
        self.now = clock.now()

    def take_lease(self, owner="test"):
        self.epoch = leases.take(leases.of_carrier(self.carrier.id), owner=owner)
        return self.epoch

    def later(self, **duration):
        self.now += timedelta(**duration)

    @property
    def sender(self):
        return {"carrier_id": self.carrier.id, "epoch": self.epoch, "now": self.now}

    def accept(self, *to, **body):
        """The ids of the messages, in order."""
        [outcome] = acceptance.accept([self.request(*to, **body)])
        assert isinstance(outcome, Accepted), outcome
        self.now = max(self.now, clock.now())
        return [message.id for message in outcome.messages]

    def request(self, *to, **body):
        key = access.let_in(
            authorization=self.customer.bearer["Authorization"], address="::1", now=clock.now()
        )
        said = {"to": list(to) or ["13800138000"], **body}
        if "text" not in said:
            said = {"template": "login_code", "params": {"code": "123456"}, **said}
        return access.parse(
            body=json.dumps(said).encode(),
            content_type="application/json",
            idempotency_key="",
            key=key,
        )

    def claim(self, most=500):
        return dispatch.claim(most=most, **self.sender)

    def submit(self, most=500):
        """Claimed and permitted: from here on they may be on the wire."""
        return dispatch.about_to_submit(claims=self.claim(most), **self.sender)

    def answer(self, claims, outcome=Outcome.ACCEPTED, *, code="", ids=None):
        """Every part is called by the message's number and its place, where `ids` says nothing."""
        dispatch.record(
            answers=[
                Answer(
                    one.message_id,
                    one.no,
                    outcome,
                    (ids or names(one)) if outcome == Outcome.ACCEPTED else (),
                    code,
                )
                for one in claims
            ],
            **self.sender,
        )

    def send(self):
        claims = self.submit()
        self.answer(claims)
        return claims

    def report(self, *raw_ids, **more):
        """As the gateway does; or as for a carrier's callback, where `is_quick`."""
        if self.is_quick:
            self.store(*raw_ids, **more)
            self.apply()
        else:
            self._tell(receipts.take, raw_ids, **more)

    def store(self, *raw_ids, **more):
        self._tell(receipts.store, raw_ids, **more)

    def _tell(
        self, how, raw_ids, *, outcome=ReceiptOutcome.DELIVERED, number="+8613800138000", **more
    ):
        how(
            carrier_id=self.carrier.id,
            reports=[Report(one, number, outcome, "DLR", "raw", **more) for one in raw_ids],
            now=self.now,
        )
        self.later(milliseconds=1)  # ids of one instant have no order among groups

    def apply(self):
        return receipts.apply(carrier_id=self.carrier.id, now=self.now)

    def spent(self):
        return 100_000_000 - self.customer.balance()


def names(claim):
    return tuple(f"{claim.number[1:]}-{claim.no}-{place}" for place in range(1, claim.parts + 1))


def state(message_id):
    return Message.objects.get(pk=message_id).state


def attempts(message_id):
    rows = Attempt.objects.filter(message_id=message_id).order_by("no")
    return [(row.no, row.state) for row in rows]


def refunds():
    return Entry.objects.filter(kind="refund").count()


def told():
    return list(WebhookDelivery.objects.order_by("id").values_list("kind", flat=True))
