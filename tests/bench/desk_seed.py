"""Fill an empty database with submissions and a reviewer, and print the reviewer's cookies.

Run with Django's environment set; see desk.py.
"""

import json
import os
import sys

import django

SUBMISSIONS = 1_000
COMPANIES = 50


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smsplatform.settings")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    _submit()
    json.dump(_sign_in(), sys.stdout)


def _submit() -> None:
    from smsplatform.core import clock
    from templates_app.services import drafting, review
    from tests import world

    accounts = [world.make_customer(f"Company {number}").account for number in range(COMPANIES)]
    for number in range(SUBMISSIONS):
        fields = drafting.TemplateFields(
            name=f"Parcel {number}",
            message_class="notice",
            body=f"您的包裹已到{number}号柜，取件码${{code}}，请今日内领取。",
            variables=(("code", "code"),),
            remark="Told when a parcel has arrived.",
        )
        account, now = accounts[number % COMPANIES], clock.now()
        template = drafting.create_template(account=account, fields=fields, by="bench", now=now)
        review.submit_template(template=template, by="bench", now=now)


def _sign_in() -> dict[str, str]:
    from django.test import Client

    from tests import factories

    client = Client()
    client.force_login(factories.staff("reviewer@example.com"))
    return {name: morsel.value for name, morsel in client.cookies.items()}


if __name__ == "__main__":
    main()
