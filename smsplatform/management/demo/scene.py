"""Makes the companies of the sample, once, in an empty database."""

from datetime import datetime

from allauth.account.models import EmailAddress

from accounts.models import Account, Membership, Project, Qualification, Role, User
from accounts.states import QualificationState
from billing.models import Package, Price
from billing.services import topups
from messaging.models import CapExemption, Carrier, Route, RouteCarrier
from smsplatform.core import audit, money
from smsplatform.management.demo import sample
from smsplatform.management.demo.sample import Company
from smsplatform.platform.first_message import NUMBER
from templates_app.models import MessageClass, Signature, Template
from templates_app.states import ReviewState

SMPP_CARRIER = "Simulator, SMPP"
HTTP_CARRIER = "Simulator, HTTP"
ACTOR = "demo"


def is_empty() -> bool:
    return not Account.objects.exists()


def build(*, now: datetime) -> None:
    """Passwords, keys and endpoints are handed out afterwards, see `handing`."""
    _prices(now)
    _carriers()
    CapExemption.objects.create(number=NUMBER, note="The demonstration's phone.")
    accounts = [_company(company, now) for company in sample.COMPANIES]
    topups.grant_package(
        account=accounts[0],
        package=Package.objects.create(**sample.GIFT),
        is_gift=True,
        reference="demo:gift",
        actor=ACTOR,
        now=now,
    )
    _person(sample.STAFF, "Staff", is_staff=True, is_superuser=True)
    customer = _person(sample.CUSTOMER, sample.CUSTOMER_NAME)
    for account, role in zip(accounts, (Role.OWNER, Role.ADMIN), strict=True):
        Membership.objects.create(user=customer, account=account, role=role)


def _company(company: Company, now: datetime) -> Account:
    account = Account.objects.create(
        name=company.name,
        country=company.country,
        currency=company.currency,
        timezone=company.timezone,
        may_send_text=company.may_send_text,
    )
    Project.objects.create(account=account, name=company.project)
    Qualification.objects.create(
        account=account,
        name=company.name,
        registration_number=company.registration_number,
        country=company.country,
        state=QualificationState.APPROVED,
        decided_at=now,
    )
    _texts(account, company, now)
    amount_micros = money.to_micros(company.topup)
    reference = f"demo:{company.registration_number}"
    topups.credit(
        account=account, amount_micros=amount_micros, reference=reference, actor=ACTOR, now=now
    )
    audit.record(
        actor=ACTOR,
        action="account.made",
        target=str(account.public_id),
        account_id=account.id,
        now=now,
    )
    return account


def _texts(account: Account, company: Company, now: datetime) -> None:
    approved = {"account": account, "state": ReviewState.APPROVED, "decided_at": now}
    Signature.objects.create(text=company.signature, **approved)
    for text in company.texts:
        Template.objects.create(
            code=text.code,
            name=text.name,
            message_class=text.message_class,
            body=text.body,
            variables=[{"name": name, "type": kind} for name, kind in text.variables],
            **approved,
        )


def _person(email: str, name: str, **rights: bool) -> User:
    user = User.objects.create_user(email, None, name=name, **rights)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def _prices(now: datetime) -> None:
    for country, currency, price, marketing, basis in sample.PRICES:
        for message_class in MessageClass:
            amount = marketing if message_class == MessageClass.MARKETING else price
            Price.objects.create(
                country=country,
                message_class=message_class,
                currency=currency,
                price_micros=money.to_micros(amount),
                basis=basis,
                valid_from=now,
            )


def _carriers() -> None:
    """Both speak to the simulator. China goes by SMPP first, everywhere else by HTTP first."""
    facts = {"host": "127.0.0.1", "port": 0, "system_id": "demo", "rate_per_second": 500}
    smpp = Carrier.objects.create(name=SMPP_CARRIER, kind=Carrier.Kind.SMPP, **facts)
    http = Carrier.objects.create(name=HTTP_CARRIER, kind=Carrier.Kind.HTTP, **facts)
    _route("Sample: mainland China", "CN", smpp, http)
    _route("Sample: everywhere else", "", http, smpp)


def _route(name: str, country: str, *carriers: Carrier) -> None:
    route = Route.objects.create(name=name, country=country)
    for position, carrier in enumerate(carriers):
        RouteCarrier.objects.create(route=route, carrier=carrier, position=position)
