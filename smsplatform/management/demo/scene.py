"""Makes the companies of the sample, once, in an empty database."""

from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group

from accounts.models import Account, Membership, Project, Qualification, Role, User
from accounts.states import QualificationState
from billing.models import Package
from billing.services import samples, topups
from messaging.models import CapExemption, Carrier, Route, RouteCarrier
from messaging.services import countries
from smsplatform.core import audit, money
from smsplatform.core import review as desk
from smsplatform.management import roles
from smsplatform.management.demo import sample
from smsplatform.management.demo.sample import Company
from smsplatform.platform.first_message import NUMBER
from templates_app.models import Signature
from templates_app.services import drafting, filing, review
from templates_app.services.drafting import SignatureFields, TemplateFields
from templates_app.states import FilingState

SMPP_CARRIER = "Simulator, SMPP"
HTTP_CARRIER = "Simulator, HTTP"
ACTOR = "demo"


def is_empty() -> bool:
    return not Account.objects.filter(is_house=False).exists()


def build(*, now: datetime) -> None:
    """Passwords, keys and endpoints are handed out afterwards, see `handing`."""
    samples.install(now=now)
    _carriers()
    CapExemption.objects.create(number=NUMBER, note="The demonstration's phone.")
    staff = _person(sample.STAFF, "Staff", is_staff=True, is_superuser=True)
    _staff_of_each_role()
    for signature in Signature.objects.filter(account__is_house=True):
        _file(signature, now)
    accounts = [_company(company, staff, now) for company in sample.COMPANIES]
    topups.grant_package(
        account=accounts[0],
        package=Package.objects.create(**sample.GIFT),
        is_gift=True,
        reference="demo:gift",
        actor=ACTOR,
        now=now,
    )
    customer = _person(sample.CUSTOMER, sample.CUSTOMER_NAME)
    for account, role in zip(accounts, (Role.OWNER, Role.ADMIN), strict=True):
        Membership.objects.create(user=customer, account=account, role=role)


def _staff_of_each_role() -> None:
    roles.install()
    for role in roles.ROLES:
        person = _person(sample.STAFF_OF_ROLE.format(role=role), role.capitalize(), is_staff=True)
        person.groups.add(Group.objects.get(name=role))


def _company(company: Company, staff: User, now: datetime) -> Account:
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
    for country in countries.priced(account=account, now=now):
        if country != company.country:
            countries.open_country(account_id=account.id, country=country, by=ACTOR, now=now)
    _texts(account, company, staff, now)
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


def _texts(account: Account, company: Company, staff: User, now: datetime) -> None:
    """As a customer writes them and a reviewer approves them."""
    act: dict[str, Any] = {"by": ACTOR, "now": now}
    signature = drafting.create_signature(
        account=account, fields=SignatureFields(company.signature), **act
    )
    _approve(review.submit_signature(signature=signature, **act), staff, now)
    _file(signature, now)
    for text in company.texts:
        fields = TemplateFields(
            text.name, str(text.message_class), text.body, text.variables, code=text.code
        )
        template = drafting.create_template(account=account, fields=fields, **act)
        _approve(review.submit_template(template=template, **act), staff, now)


def _file(signature: Signature, now: datetime) -> None:
    filed = list(signature.filings.values_list("pk", flat=True))
    for state in (FilingState.FILING, FilingState.FILED):
        filing.record(filing_ids=filed, state=state, now=now)


def _approve(item: desk.Item, staff: User, now: datetime) -> None:
    desk.decide(
        item_id=item.pk,
        decision=desk.Decision.APPROVED,
        reasons=[],
        by_id=staff.pk,
        by_name=staff.name,
        now=now,
    )


def _person(email: str, name: str, **rights: bool) -> User:
    user = User.objects.create_user(email, None, name=name, **rights)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


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
