"""Where the messages of accounts go that are not live yet: to the simulator, and to no phone."""

from pathlib import Path

from django.conf import settings
from django.db import transaction

from messaging.models import Carrier, Route, RouteCarrier
from messaging.simulator import credentials
from smsplatform.core import vault

NAME = "Sandbox"


@transaction.atomic
def ensure() -> None:
    """The route with its carrier; port and password may be others than at the last start."""
    known = credentials.ensure(Path(settings.VAR_DIR) / "simulator")
    carrier, _is_new = Carrier.objects.update_or_create(
        name=NAME,
        defaults={
            "port": settings.SMPP_PORT,
            "sealed_password": vault.seal(known.accounts[credentials.SANDBOX_ACCOUNT]),
        },
        create_defaults={
            "kind": Carrier.Kind.SMPP,
            "host": "127.0.0.1",
            "port": settings.SMPP_PORT,
            "system_id": credentials.SANDBOX_ACCOUNT,
            "sealed_password": vault.seal(known.accounts[credentials.SANDBOX_ACCOUNT]),
            "rate_per_second": 50,
        },
    )
    route, is_new = Route.objects.get_or_create(name=NAME, defaults={"is_sandbox": True})
    if is_new:
        RouteCarrier.objects.create(route=route, carrier=carrier)
