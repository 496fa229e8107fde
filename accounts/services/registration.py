"""A stranger becomes a customer: their account, its project and owner, what they agreed to.

It may do everything but send: that begins with the first qualification that is approved. Money
comes by billing's own task, which this transaction enqueues.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Membership, Project, Role, User
from accounts.services import terms
from accounts.services.terms import Origin
from smsplatform.core import audit, queue
from smsplatform.core.errors import Sentence


@dataclass(frozen=True, slots=True)
class Country:
    label: Sentence
    currency: str
    timezone: str


# Where companies may register: the currency of their account and the time that they live by. A
# country of several zones begins in that of its largest business city; it can be changed.
COUNTRIES: dict[str, Country] = {
    "CN": Country(_("Mainland China"), "CNY", "Asia/Shanghai"),
    "HK": Country(_("Hong Kong"), "HKD", "Asia/Hong_Kong"),
    "SG": Country(_("Singapore"), "USD", "Asia/Singapore"),
    "IN": Country(_("India"), "USD", "Asia/Kolkata"),
    "GB": Country(_("United Kingdom"), "GBP", "Europe/London"),
    "IE": Country(_("Ireland"), "EUR", "Europe/Dublin"),
    "FR": Country(_("France"), "EUR", "Europe/Paris"),
    "DE": Country(_("Germany"), "EUR", "Europe/Berlin"),
    "NL": Country(_("Netherlands"), "EUR", "Europe/Amsterdam"),
    "ES": Country(_("Spain"), "EUR", "Europe/Madrid"),
    "US": Country(_("United States"), "USD", "America/New_York"),
}


@dataclass(frozen=True, slots=True)
class Applicant:
    """Whom a registration speaks for."""

    kind: str
    name: str
    country: str


def register(
    *,
    user: User,
    applicant: Applicant,
    version_ids: Collection[int],
    origin: Origin,
    now: datetime,
) -> Account:
    """OutOfDate where the terms changed while they were being read."""
    country = COUNTRIES[applicant.country]
    with transaction.atomic():
        account = Account.objects.create(
            kind=applicant.kind,
            name=applicant.name,
            country=applicant.country,
            currency=country.currency,
            timezone=country.timezone,
            is_live=False,
        )
        Project.objects.create(account=account, name="Main")
        Membership.objects.create(user=user, account=account, role=Role.OWNER)
        terms.accept(user=user, account=account, version_ids=version_ids, origin=origin, now=now)
        queue.enqueue("billing.tasks.open_account", account_id=account.pk)
        audit.record(
            actor=f"user:{user.pk}",
            action="account.registered",
            target=f"accounts.account:{account.pk}",
            account_id=account.pk,
            now=now,
            facts={"kind": applicant.kind, "country": applicant.country},
        )
    return account
