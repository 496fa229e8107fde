"""Wallets, ledger, prices; and what reports count."""

from datetime import timedelta
from uuid import uuid4

import factory
from factory import LazyAttribute, LazyFunction, SelfAttribute, SubFactory, Trait
from factory.django import DjangoModelFactory

from billing import models as billing
from messaging.states import State
from reports import models as reports
from smsplatform.core import clock
from templates_app import models as templates
from tests.factories.people import AccountFactory, ProjectFactory, UserFactory
from tests.factories.shared import any_of


class PackageFactory(DjangoModelFactory):
    class Meta:
        model = billing.Package

    name = "Starter 10,000"
    parts = 10_000
    price_micros = 400_000_000


class WalletFactory(DjangoModelFactory):
    """The balance in money; `package` makes it a package of parts."""

    class Meta:
        model = billing.Wallet

    class Params:
        parts = Trait(
            unit=billing.Wallet.Unit.PARTS,
            currency="",
            balance=8_200,
            package=SubFactory(PackageFactory),
            country="CN",
            expires_at=LazyFunction(lambda: clock.now() + timedelta(days=200)),
        )

    account = SubFactory(AccountFactory)
    unit = billing.Wallet.Unit.MICROS
    currency = "CNY"
    balance = 1_000_000_000


class OfferFactory(DjangoModelFactory):
    """Any amount from 10 to 50,000 for the balance."""

    class Meta:
        model = billing.Offer

    name = "Top-up"
    least_micros = 10_000_000
    most_micros = 50_000_000_000


class OrderFactory(DjangoModelFactory):
    """200 for the balance, to be paid by bank transfer."""

    class Meta:
        model = billing.Order

    account = SubFactory(AccountFactory)
    name = "Top-up"
    amount_micros = 200_000_000
    currency = "CNY"
    method = billing.Order.Method.TRANSFER
    reference = factory.Sequence("SMS{:09d}".format)
    form_key = LazyFunction(uuid4)
    created_at = LazyFunction(clock.now)
    expires_at = LazyFunction(lambda: clock.now() + timedelta(days=21))


class CouponFactory(DjangoModelFactory):
    """A fifth off any package, for a month."""

    class Meta:
        model = billing.Coupon

    code = factory.Sequence("COUPON{}".format)
    percent = 20
    starts_at = LazyFunction(lambda: clock.now() - timedelta(days=1))
    ends_at = LazyFunction(lambda: clock.now() + timedelta(days=30))


class BankLineFactory(DjangoModelFactory):
    """200 that nobody has said anything about yet."""

    class Meta:
        model = billing.BankLine

    key = factory.Sequence("line-{}".format)
    booked_date = LazyFunction(lambda: clock.now().date())
    amount_micros = 200_000_000
    currency = "CNY"
    payer = "Acme"
    imported_at = LazyFunction(clock.now)


class ProviderNoticeFactory(DjangoModelFactory):
    class Meta:
        model = billing.ProviderNotice

    provider = "stripe"
    key = factory.Sequence("evt_{}".format)
    kind = "checkout.session.completed"
    due_at = LazyFunction(clock.now)
    received_at = LazyFunction(clock.now)


class DifferenceFactory(DjangoModelFactory):
    """200 that were paid for no order of ours."""

    class Meta:
        model = billing.Difference

    provider = "stripe"
    kind = billing.Difference.Kind.UNKNOWN
    key = factory.Sequence("pi_{}".format)
    theirs_micros = 200_000_000
    currency = "CNY"
    found_at = LazyFunction(clock.now)


class RefundFactory(DjangoModelFactory):
    class Meta:
        model = billing.Refund

    order = SubFactory(OrderFactory)
    amount_micros = 200_000_000
    reason = "asked by phone"
    asked_by = SubFactory(UserFactory)
    created_at = LazyFunction(clock.now)


class LedgerHeadFactory(DjangoModelFactory):
    class Meta:
        model = billing.LedgerHead

    account = SubFactory(AccountFactory)


class EntryFactory(DjangoModelFactory):
    """One refund, outside the chain of hashes."""

    class Meta:
        model = billing.Entry

    account = SelfAttribute("wallet.account")
    seq = factory.Sequence(lambda n: n + 1)
    kind = billing.Entry.Kind.REFUND
    wallet = SubFactory(WalletFactory)
    amount = 45_000
    balance_after = LazyAttribute(lambda entry: entry.wallet.balance + entry.amount)
    unit_price_micros = 45_000
    parts = 1
    count = 1
    reference = factory.Sequence("test:{}".format)
    booked_at = LazyFunction(clock.now)
    previous_hash = bytes(32)
    hash = bytes(32)


class InvoiceFactory(DjangoModelFactory):
    """One, of one entry that is not there; its number is none of the series'."""

    class Meta:
        model = billing.Invoice

    number = factory.Sequence(lambda n: 1_000_000 + n)
    account = SubFactory(AccountFactory)
    account_name = SelfAttribute("account.name")
    currency = "CNY"
    until_date = LazyFunction(lambda: clock.now().date())
    from_seq = 1
    to_seq = 1
    net_micros = 0
    payable_cents = 0
    closed_at = LazyFunction(clock.now)


class FapiaoFactory(DjangoModelFactory):
    class Meta:
        model = billing.Fapiao

    account = SubFactory(AccountFactory)
    topup_reference = factory.Sequence("topup:{}".format)
    amount_cents = 10_000
    title = "Acme"
    tax_number = "91310000"
    email = "bills@acme.example"
    requested_by = "finance@acme.example"
    requested_at = LazyFunction(clock.now)


class CustomerGroupFactory(DjangoModelFactory):
    class Meta:
        model = billing.CustomerGroup

    name = factory.Sequence("Group {}".format)


class PriceListFactory(DjangoModelFactory):
    class Meta:
        model = billing.PriceList

    name = factory.Sequence("List {}".format)


class PriceVersionFactory(DjangoModelFactory):
    """A draft."""

    class Meta:
        model = billing.PriceVersion

    list = SubFactory(PriceListFactory)
    number = factory.Sequence(lambda n: n + 1)
    valid_from = LazyFunction(lambda: clock.now() - timedelta(days=30))


class RateFactory(DjangoModelFactory):
    class Meta:
        model = billing.Rate

    version = SubFactory(PriceVersionFactory)
    country = "CN"
    price_micros = 45_000


class DailyStatFactory(DjangoModelFactory):
    class Meta:
        model = reports.DailyStat

    account = SubFactory(AccountFactory)
    project = any_of(ProjectFactory, "account")
    date = LazyFunction(lambda: clock.now().date() - timedelta(days=1))
    country = "CN"
    message_class = templates.MessageClass.VERIFICATION
    state = State.DELIVERED
    currency = "CNY"
    messages = 100
    parts = 100
    price_micros = 4_500_000
