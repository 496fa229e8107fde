"""Hands out what only var/demo.json knows, and keeps it true from start to start."""

import base64
import http.client
import json
import os
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.models import Account, Project, User, WebhookEndpoint
from accounts.services import keys, webhooks
from messaging.models import Carrier
from messaging.simulator import credentials
from smsplatform.core import vault
from smsplatform.management import roles
from smsplatform.management.demo import sample, scene

# No letter that another one resembles.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
SINK = "/webhooks/demo"

Facts = dict[str, Any]


def path() -> Path:
    return Path(settings.VAR_DIR) / "demo.json"


@transaction.atomic
def ensure(*, now: datetime) -> Facts | None:
    """Seed when empty, then make data and facts agree. None where the data is not the demo's."""
    if scene.is_empty():
        scene.build(now=now)
    if not User.objects.filter(email=sample.CUSTOMER).exists():
        return None
    facts = _read()
    if facts is None or keys.find(facts["api_key"]) is None:
        facts = _hand_out()
    facts |= {"base_url": settings.BASE_URL, "simulator": _ports()}
    _point_at_simulator(facts["webhook_secret"])
    _write(facts)
    return facts


def tell_sink(secret: str) -> bool:
    """So that the customer's end can judge our signatures. False where no simulator answers."""
    address = ("127.0.0.1", settings.SIMULATOR_HTTP_PORT)
    connection = http.client.HTTPConnection(*address, timeout=2)
    body = json.dumps({"sinks": {"demo": {"secret": secret}}})
    try:
        connection.request("PUT", "/control", body)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _hand_out() -> Facts:
    """New ones for all: there is no way to read the former ones again."""
    customer = User.objects.get(email=sample.CUSTOMER)
    account = customer.memberships.earliest("id").account
    _key, api_key = keys.create(
        project=Project.objects.get(account=account, name=sample.YUNFAN.project),
        name="Demo",
        by=customer,
    )
    return {
        "api_key": api_key,
        "template": sample.TEMPLATE,
        "signature": sample.YUNFAN.signature,
        "staff": _login(sample.STAFF),
        "staff_roles": _staff_of_each_role(),
        "customer": _login(sample.CUSTOMER),
        "webhook_secret": _endpoint(account),
    }


def _staff_of_each_role() -> Facts:
    """Of those that there are: an older demonstration was seeded without them."""
    emails = {role: sample.STAFF_OF_ROLE.format(role=role) for role in roles.ROLES}
    known = set(User.objects.filter(email__in=emails.values()).values_list("email", flat=True))
    return {role: _login(email) for role, email in emails.items() if email in known}


def _login(email: str) -> Facts:
    user = User.objects.get(email=email)
    groups = ("".join(secrets.choice(ALPHABET) for _letter in range(4)) for _group in range(5))
    password = "-".join(groups)
    user.set_password(password)
    user.save(update_fields=["password"])
    return {"user": email, "password": password}


def _endpoint(account: Account) -> str:
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    if not WebhookEndpoint.objects.filter(account=account, url__endswith=SINK).exists():
        webhooks.create_endpoint(account=account, url=_sink_url(), secret=secret)
    return secret


def _point_at_simulator(webhook_secret: str) -> None:
    """Its ports and its words may be others than at the last start."""
    known = credentials.ensure(Path(settings.VAR_DIR) / "simulator")
    carriers = Carrier.objects.all()
    carriers.filter(name=scene.SMPP_CARRIER).update(
        port=settings.SMPP_PORT, sealed_password=vault.seal(known.accounts["demo"])
    )
    carriers.filter(name=scene.HTTP_CARRIER).update(
        port=settings.SIMULATOR_HTTP_PORT, sealed_password=vault.seal(known.token)
    )
    WebhookEndpoint.objects.filter(url__startswith="http://127.0.0.1:", url__endswith=SINK).update(
        url=_sink_url(), sealed_secret=vault.seal(webhook_secret)
    )


def _sink_url() -> str:
    return f"http://127.0.0.1:{settings.SIMULATOR_HTTP_PORT}{SINK}"


def _ports() -> Facts:
    return {"smpp_port": settings.SMPP_PORT, "http_port": settings.SIMULATOR_HTTP_PORT}


def _read() -> Facts | None:
    try:
        facts: Facts = json.loads(path().read_text())
    except (OSError, ValueError):
        return None
    expected = {"api_key", "template", "signature", "staff", "customer", "webhook_secret"}
    return facts if expected <= facts.keys() else None


def _write(facts: Facts) -> None:
    aside = path().with_suffix(".new")
    with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(facts, file, ensure_ascii=False, indent=2)
        file.write("\n")
    aside.replace(path())
