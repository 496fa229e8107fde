"""Run inside an installation: customers with money, and what only a service may change.

`python -m tests.faults.tenant "rich()"` prints what the function answers, as JSON.
"""

import json
import os
import sys
from typing import Any

import django

MILLION_MICROS = 1_000_000 * 1_000_000


def rich() -> dict[str, Any]:
    """The demonstration's customer gets more money than any load can spend, no nights, and every
    number's consent."""
    from datetime import time

    from accounts.models import Account
    from billing.services import topups
    from messaging.models import RuleSwitch, SendingHours
    from smsplatform.core import clock
    from smsplatform.management.demo import sample

    SendingHours.objects.update(opens_at=time.min, closes_at=time.max)
    RuleSwitch.objects.filter(rule="consent_missing").delete()
    account = Account.objects.get(name=sample.YUNFAN.name)
    topups.credit(
        account=account,
        amount_micros=MILLION_MICROS,
        reference="faults:rich",
        actor="faults",
        now=clock.now(),
    )
    return {"account_id": account.pk}


def other(name: str, balance: str = "1000.00") -> dict[str, Any]:
    """Another customer, with the template `login_code` of its own."""
    from messaging.services import countries
    from smsplatform.core import clock
    from tests import world

    customer = world.make_customer(name, balance=balance)
    account_id, now = customer.account.pk, clock.now()
    countries.open_country(account_id=account_id, country="US", by="faults", now=now)
    return {"account_id": customer.account.pk, "api_key": customer.key_text}


def endpoint(account_id: int, url: str) -> dict[str, Any]:
    from accounts.models import Account
    from accounts.services import webhooks

    secret = "whsec_" + "A" * 43 + "="
    made = webhooks.create_endpoint(
        account=Account.objects.get(pk=account_id), url=url, secret=secret
    )
    return {"id": made.pk}


def price(country: str, micros: int) -> dict[str, Any]:
    """A new price from now on, of every class."""
    from billing.models import PriceVersion
    from smsplatform.core import clock
    from tests import world

    now = clock.now()
    # The demonstration begins with sample prices; what is published goes before them.
    lists = PriceVersion.objects.in_force(now).filter(list__account=None, list__currency="CNY")
    standing = min(lists.select_related("list"), key=lambda version: version.list.is_sample)
    rates = list(standing.rates.all())
    for rate in rates:
        if rate.country == country:
            rate.price_micros = micros
    world.publish(*rates, start=now)
    return {"price_micros": micros}


def main(call: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smsplatform.settings")
    from smsplatform.platform import environment

    environment.load()
    django.setup()
    known = {"rich": rich, "other": other, "endpoint": endpoint, "price": price}
    name, _opened, arguments = call.rstrip(")").partition("(")
    values = json.loads(f"[{arguments}]")
    sys.stdout.write(json.dumps(known[name](*values)))


if __name__ == "__main__":
    main(sys.argv[1])
