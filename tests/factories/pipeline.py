"""Carriers, batches, messages and what became of them."""

from datetime import timedelta

import factory
from factory import LazyAttribute, LazyFunction, RelatedFactory, SelfAttribute, SubFactory, Trait
from factory.django import DjangoModelFactory

from billing import models as billing
from messaging import models as messaging
from messaging import states
from messaging.states import AttemptState, State
from smsplatform.core import clock, ids
from smsplatform.core.text import parts
from templates_app import models as templates
from tests.factories.money import WalletFactory
from tests.factories.people import AccountFactory, ProjectFactory
from tests.factories.shared import after, any_of


class CarrierFactory(DjangoModelFactory):
    class Meta:
        model = messaging.Carrier

    name = factory.Sequence("Carrier {}".format)
    kind = messaging.Carrier.Kind.SMPP
    host = "127.0.0.1"
    port = 2775


class RouteFactory(DjangoModelFactory):
    """A route of one carrier."""

    class Meta:
        model = messaging.Route
        skip_postgeneration_save = True

    name = factory.Sequence("Route {}".format)
    step = RelatedFactory("tests.factories.pipeline.RouteCarrierFactory", "route")


class RouteCarrierFactory(DjangoModelFactory):
    class Meta:
        model = messaging.RouteCarrier

    route = SubFactory(RouteFactory, step=None)
    carrier = SubFactory(CarrierFactory)


class BatchFactory(DjangoModelFactory):
    class Meta:
        model = messaging.Batch

    id = LazyAttribute(lambda batch: ids.one(batch.accepted_at))
    account = SubFactory(AccountFactory)
    project = any_of(ProjectFactory, "account")
    source = "api"
    first_id = LazyAttribute(lambda batch: ids.first_at(batch.accepted_at))
    last_id = LazyAttribute(
        lambda batch: ids.first_at(batch.accepted_at + timedelta(milliseconds=1))
    )
    count = 1
    parts = 1
    price_micros = 45_000
    currency = "CNY"
    accepted_at = LazyFunction(clock.now)


class MessageFactory(DjangoModelFactory):
    """A queued verification code in a batch of its own. Say `accepted_at` for another time."""

    class Meta:
        model = messaging.Message
        skip_postgeneration_save = True

    rare_state = LazyAttribute(lambda message: states.rare(message.state))

    class Params:
        accepted_at = LazyFunction(clock.now)
        body = "【示例商贸】您的验证码是482913，5分钟内有效。"
        batch = SubFactory(
            BatchFactory,
            account=SelfAttribute("..account"),
            project=SelfAttribute("..project"),
            accepted_at=SelfAttribute("..accepted_at"),
        )
        wallet = any_of(WalletFactory, "account")
        # A carrier took it.
        submitted = Trait(
            sent_at=after(0.8),
            attempts=1,
            attempt=RelatedFactory(
                "tests.factories.pipeline.AttemptFactory", "message", accepted=True
            ),
            part=RelatedFactory("tests.factories.pipeline.PartFactory", "message"),
        )
        scheduled = Trait(state=State.SCHEDULED, due_at=after(86_400))
        sending = Trait(
            state=State.SENDING,
            attempts=1,
            attempt=RelatedFactory("tests.factories.pipeline.AttemptFactory", "message"),
        )
        uncertain = Trait(
            state=State.UNCERTAIN,
            attempts=1,
            attempt=RelatedFactory(
                "tests.factories.pipeline.AttemptFactory", "message", uncertain=True
            ),
        )
        sent = Trait(state=State.SENT, submitted=True)
        delivered = Trait(
            state=State.DELIVERED,
            submitted=True,
            finished_at=after(3.2),
            receipt=RelatedFactory("tests.factories.pipeline.ReceiptFactory", "message"),
        )
        undelivered = Trait(
            state=State.UNDELIVERED,
            submitted=True,
            finished_at=after(41),
            reason="undelivered",
            carrier_code="MK:0012",
            receipt=RelatedFactory(
                "tests.factories.pipeline.ReceiptFactory", "message", outcome="undelivered"
            ),
        )
        no_receipt = Trait(
            state=State.NO_RECEIPT,
            submitted=True,
            finished_at=after(72 * 3600),
            reason="no_receipt",
        )
        failed = Trait(
            state=State.FAILED,
            attempts=1,
            finished_at=after(1.1),
            reason="carrier_refused",
            carrier_code="0x0000000B",
            attempt=RelatedFactory(
                "tests.factories.pipeline.AttemptFactory", "message", refused=True
            ),
        )
        cancelled = Trait(state=State.CANCELLED, finished_at=after(30), reason="cancelled")

    id = LazyAttribute(lambda message: ids.one(message.accepted_at))
    account = SubFactory(AccountFactory)
    project = any_of(ProjectFactory, "account")
    batch_id = SelfAttribute("batch.id")
    position = 0
    state = State.QUEUED
    number = factory.Sequence("+861380013{:04}".format)
    country = "CN"
    message_class = templates.MessageClass.VERIFICATION
    encoding = LazyAttribute(lambda message: parts.count(message.body, domestic=True).encoding)
    parts = LazyAttribute(lambda message: parts.count(message.body, domestic=True).count)
    price_micros = LazyAttribute(lambda message: 45_000 * message.parts)
    currency = "CNY"
    basis = billing.Rate.Basis.DELIVERED
    wallet_id = SelfAttribute("wallet.id")
    route_id = 1
    on_unknown = messaging.Message.OnUnknown.RESEND
    due_at = SelfAttribute("accepted_at")
    valid_until = after(86_400)

    text = RelatedFactory(
        "tests.factories.pipeline.MessageTextFactory", "message", text=SelfAttribute("..body")
    )


class MessageTextFactory(DjangoModelFactory):
    class Meta:
        model = messaging.MessageText

    class Params:
        message = None

    message_id = SelfAttribute("message.id")
    text = "【示例商贸】您的验证码是482913，5分钟内有效。"


class AttemptFactory(DjangoModelFactory):
    class Meta:
        model = messaging.Attempt

    class Params:
        message = SubFactory(MessageFactory)
        accepted = Trait(state=AttemptState.ACCEPTED, answered_at=after(0.8))
        refused = Trait(
            state=AttemptState.REFUSED, answered_at=after(0.8), carrier_code="0x0000000B"
        )
        uncertain = Trait(state=AttemptState.UNCERTAIN, decide_at=after(45))
        accepted_at = LazyAttribute(lambda attempt: ids.instant_of(attempt.message.id))

    message_id = SelfAttribute("message.id")
    no = 1
    carrier = any_of(CarrierFactory)
    state = AttemptState.SUBMITTING
    epoch = 1
    claimed_at = after(0.2)
    submitting_at = after(0.3)


class PartFactory(DjangoModelFactory):
    class Meta:
        model = messaging.Part

    class Params:
        message = SubFactory(MessageFactory, submitted=True)

    message_id = SelfAttribute("message.id")
    attempt_no = 1
    no = 1
    carrier = any_of(CarrierFactory)
    carrier_message_id = factory.Sequence("{:08x}".format)
    raw_id = SelfAttribute("carrier_message_id")


class ReceiptFactory(DjangoModelFactory):
    class Meta:
        model = messaging.Receipt

    class Params:
        message = SubFactory(MessageFactory, delivered=True)

    id = LazyAttribute(lambda receipt: ids.one(receipt.received_at))
    carrier = any_of(CarrierFactory)
    carrier_message_id = factory.Sequence("{:08x}".format)
    raw_id = SelfAttribute("carrier_message_id")
    number = SelfAttribute("message.number")
    outcome = "delivered"
    carrier_code = LazyAttribute(
        lambda receipt: "DELIVRD" if receipt.outcome == "delivered" else "MK:0012"
    )
    received_at = LazyAttribute(lambda receipt: receipt.message.finished_at or clock.now())
    applied_at = SelfAttribute("received_at")
    message_id = SelfAttribute("message.id")
    effect = "applied"


class SuppressionFactory(DjangoModelFactory):
    """Entered by a colleague; everything stops."""

    class Meta:
        model = messaging.Suppression

    id = LazyAttribute(lambda row: ids.one(row.created_at))
    account = SubFactory(AccountFactory)
    number = factory.Sequence("+86138{:08}".format)
    source = messaging.Suppression.Source.MANUAL
    created_at = LazyFunction(clock.now)
    created_by = "li@example.com"


class ImportFactory(DjangoModelFactory):
    """Read, and to be looked at."""

    class Meta:
        model = messaging.Import

    id = LazyAttribute(lambda row: ids.one(row.created_at))
    account = SubFactory(AccountFactory)
    what = "suppressions"
    name = "numbers.csv"
    state = "ready"
    headings = LazyFunction(lambda: ["number"])
    created_by = "user"
    created_at = LazyFunction(clock.now)


class OpenedCountryFactory(DjangoModelFactory):
    class Meta:
        model = messaging.OpenedCountry

    account = SubFactory(AccountFactory)
    country = "GB"
    opened_at = LazyFunction(clock.now)
    opened_by = "li@example.com"


class ConsentEntryFactory(DjangoModelFactory):
    class Meta:
        model = messaging.ConsentEntry

    id = LazyAttribute(lambda row: ids.one(row.recorded_at))
    account = SubFactory(AccountFactory)
    number = factory.Sequence("+86138{:08}".format)
    message_class = templates.MessageClass.MARKETING
    act = messaging.ConsentEntry.Act.GRANTED
    source = messaging.ConsentEntry.Source.FORM
    at = SelfAttribute("recorded_at")
    recorded_at = LazyFunction(clock.now)
    recorded_by = "li@example.com"


class InboundFactory(DjangoModelFactory):
    """A word that stops."""

    class Meta:
        model = messaging.Inbound

    id = LazyAttribute(lambda row: ids.one(row.received_at))
    carrier = SubFactory(CarrierFactory)
    number = factory.Sequence("+86138{:08}".format)
    text = "TD"
    alphabet = "ucs2"
    outcome = messaging.Inbound.Outcome.OPT_OUT
    word = "td"
    received_at = LazyFunction(clock.now)
