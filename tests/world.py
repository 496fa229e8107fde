"""A small customer that may send: an account with money, key, signature, template and route."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from accounts.models import Account, ApiKey, Project
from accounts.services import keys
from billing.models import PriceList, PriceVersion, Rate, Wallet
from billing.services import pricebook, topups
from billing.states import VersionState
from messaging.models import Carrier, OpenedCountry, Route, RouteCarrier
from smsplatform.core import clock, money, remember
from templates_app.models import MessageClass, Signature, Template
from templates_app.states import ReviewState

CODE_PRICE_MICROS = 45_000
BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Customer:
    account: Account
    project: Project
    key: ApiKey
    key_text: str
    wallet: Wallet
    template: Template
    signature: Signature

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key_text}"}

    def balance(self) -> int:
        return Wallet.objects.get(pk=self.wallet.pk).balance


def make_customer(
    name: str = "Acme", *, balance: str = "100.00", may_send_text: bool = True
) -> Customer:
    remember.forget()
    account = Account.objects.create(name=name, may_send_text=may_send_text)
    project = Project.objects.create(account=account, name="Main")
    wallet = topups.open_account(account=account)
    if balance != "0":
        topups.credit(
            account=account,
            amount_micros=money.to_micros(balance),
            reference=f"topup:{name}",
            actor="tests",
            now=clock.now(),
        )
    # The other country of the price list.
    OpenedCountry.objects.create(account=account, country="GB", opened_at=clock.now())
    key, key_text = keys.create(project=project, name="Test")
    return Customer(
        account=account,
        project=project,
        key=key,
        key_text=key_text,
        wallet=wallet,
        template=make_template(account),
        signature=make_signature(account),
    )


def make_template(account: Account, code: str = "login_code", **fields: object) -> Template:
    values = {
        "name": "Login code",
        "message_class": MessageClass.VERIFICATION,
        "body": "Your code is ${code}. It is valid for 5 minutes.",
        "variables": [{"name": "code", "type": "code"}],
        "state": ReviewState.APPROVED,
        **fields,
    }
    return Template.objects.create(account=account, code=code, **values)


def make_signature(account: Account, text: str = "Acme") -> Signature:
    return Signature.objects.create(account=account, text=text, state=ReviewState.APPROVED)


def make_prices() -> None:
    """The list: China by delivery, the United Kingdom by acceptance. No other country."""
    prices = (("CN", 45_000, "delivered"), ("GB", 300_000, "accepted"))
    publish(*(Rate(country=name, price_micros=p, basis=basis) for name, p, basis in prices))


def publish(*rates: Rate, start: datetime = BEGINNING, **of: object) -> PriceVersion:
    """A version of everybody's list, or of the one that is named; it may begin in the past."""
    name = str(of.get("account") or of.get("group") or "Everybody")
    made, _new = PriceList.objects.get_or_create(
        currency="CNY",
        is_sample=False,
        **of or {"account": None, "group": None},
        defaults={"name": name},
    )
    version = pricebook.draft(of=made, valid_from=start, rates=rates, by=None)
    PriceVersion.objects.filter(pk=version.pk).advance(VersionState.PUBLISHED)
    remember.forget()
    return version


def make_carrier(
    name: str = "Simulator", kind: str = Carrier.Kind.SMPP, **fields: object
) -> Carrier:
    values = {"host": "127.0.0.1", "port": 2775, "system_id": "demo", **fields}
    carrier = Carrier.objects.create(name=name, kind=kind, **values)
    route = Route.objects.create(name=f"Route to {name}")
    RouteCarrier.objects.create(route=route, carrier=carrier, position=0)
    remember.forget()
    return carrier


def later(now: datetime, **duration: float) -> datetime:
    return now + timedelta(**duration)
