"""The operator's own account: what the platform itself sends, its codes, goes out by it."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from accounts.models import Account, Project
from accounts.services import registration
from billing.services import topups
from messaging.services import countries
from messaging.services.house import TEMPLATE
from templates_app.models import Market, MessageClass, Signature, Template, TemplateVersion
from templates_app.services import filing
from templates_app.states import ReviewState, VersionState

_BY = "platform"
# The main one first.
_BODIES = {
    "en": "${code} is your verification code. It is valid for 5 minutes.",
    "zh-Hans": "您的验证码是${code}，5分钟内有效，请勿告诉他人。",
}
_NAMES = {"en": "Code to a phone", "zh-Hans": "手机验证码"}
_MARKETS = {"en": Market.INTERNATIONAL, "zh-Hans": Market.CHINA}
_VARIABLES = [{"name": "code", "type": "code"}]


@transaction.atomic
def install(*, now: datetime) -> None:
    """At the first start; what the staff change of it afterwards stays."""
    if Account.objects.filter(is_house=True).exists():
        return
    facts = settings.HOUSE
    account = Account.objects.create(
        is_house=True,
        name=facts["name"],
        country=facts["country"],
        currency=facts["currency"],
        timezone=settings.STAFF_TIME_ZONE,
    )
    Project.objects.create(account=account, name="Codes")
    topups.open_account(account=account)
    for country in registration.COUNTRIES:
        if country != account.country:
            countries.open_country(account_id=account.pk, country=country, by=_BY, now=now)
    _sign(account, Market.CHINA, facts["signature_china"], now)
    _sign(account, Market.INTERNATIONAL, facts["signature"], now)
    for place, locale in enumerate(_BODIES):
        _write(account, locale, is_main=place == 0, now=now)


def _sign(account: Account, market: str, text: str, now: datetime) -> None:
    """The operator needs no leave of its own; operators of networks do file it."""
    signature = Signature.objects.create(
        account=account,
        text=text,
        market=market,
        kind=Signature.Kind.VERIFICATION,
        state=ReviewState.APPROVED,
        decided_at=now,
    )
    filing.begin(signature=signature)


def _write(account: Account, locale: str, *, is_main: bool, now: datetime) -> None:
    template = Template.objects.create(
        account=account,
        code=TEMPLATE,
        locale=locale,
        is_main=is_main,
        name=_NAMES[locale],
        message_class=MessageClass.VERIFICATION,
        market=_MARKETS[locale],
        body=_BODIES[locale],
        variables=_VARIABLES,
        state=ReviewState.APPROVED,
        decided_at=now,
    )
    TemplateVersion.objects.create(
        template=template,
        number=template.version,
        body=template.body,
        variables=template.variables,
        state=VersionState.APPROVED,
        decided_at=now,
        created_by=_BY,
        created_at=now,
    )
