"""Fill an empty database with one customer who may send, and print the key. Run with Django's
environment set: `python -m tests.bench.seed SMPP_PORT SINK_PORT`."""

import base64
import os
import sys

import django


def main(smpp_port: int, sink_port: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smsplatform.settings")
    django.setup()
    from django.core.management import call_command

    from accounts.services import webhooks
    from messaging.models import Carrier
    from smsplatform.core import vault
    from tests import world

    call_command("migrate", verbosity=0)
    world.make_prices()
    carrier = world.make_carrier(
        port=smpp_port,
        system_id="bench",
        sealed_password=vault.seal("bench"),
        window=500,
        rate_per_second=100_000,
    )
    Carrier.objects.filter(pk=carrier.pk).update(is_active=True)
    customer = world.make_customer("Bench", balance="900000000.00")
    world.make_template(customer.account, "bench")
    webhooks.create_endpoint(
        account=customer.account,
        url=f"http://127.0.0.1:{sink_port}/",
        secret="whsec_" + base64.b64encode(bytes(32)).decode(),
    )
    sys.stdout.write(customer.key_text)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
