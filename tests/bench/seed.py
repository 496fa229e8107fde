"""Fill an empty database with two customers who may send, and print their keys.

Run with Django's environment set; see stack.py.
"""

import argparse
import base64
import json
import os
import sys

import django

CODES, MARKETING = "bench", "bench_news"


def main(args: argparse.Namespace) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smsplatform.settings")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    _make_carrier(args)
    json.dump(_make_customers(args), sys.stdout)


def _make_carrier(args: argparse.Namespace) -> None:
    from smsplatform.core import vault
    from tests import world
    from tests.bench.far_end import ACCOUNT, WINDOW

    world.make_prices()
    _make_rules()
    world.make_carrier(
        port=args.smpp,
        system_id=ACCOUNT,
        sealed_password=vault.seal(ACCOUNT),
        window=WINDOW,
        rate_per_second=args.rate,
    )


def _make_rules() -> None:
    """Every cap and rule of the country, with hours that a measurement at night is within."""
    from datetime import time

    from messaging.models import SendingHours
    from messaging.services import packs

    packs.install()
    SendingHours.objects.update(opens_at=time.min, closes_at=time.max)


def _make_customers(args: argparse.Namespace) -> dict[str, str]:
    from accounts.services import webhooks
    from templates_app.models import MessageClass
    from tests import world

    codes = world.make_customer("Bench", balance="900000000.00")
    world.make_template(codes.account, CODES)
    news = world.make_customer("Bench News", balance="900000000.00")
    world.make_template(news.account, MARKETING, message_class=MessageClass.MARKETING)
    secret = "whsec_" + base64.b64encode(bytes(32)).decode()
    grouped = {"most_per_post": args.most_per_post} if args.most_per_post > 1 else {}
    webhooks.create_endpoint(
        account=codes.account, url=f"http://127.0.0.1:{args.sink}/", secret=secret, **grouped
    )
    return {"codes": codes.key_text, "marketing": news.key_text}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--smpp", type=int, required=True)
    parser.add_argument("--sink", type=int, required=True)
    parser.add_argument("--rate", type=int, required=True)
    parser.add_argument("--most-per-post", type=int, default=1)
    main(parser.parse_args())
