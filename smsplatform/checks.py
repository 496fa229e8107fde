"""What `manage.py check --deploy` refuses, and `manage.py doctor` reports."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

# Printed in this repository, so known to everybody.
SAMPLE_SECRETS = ("only-for-tests-", "bench-")
SAMPLE_FIELD_KEY = "MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA="

# Off, an acceptance or a charge that was told to a customer may vanish with the power.
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")

Configs = Sequence[AppConfig] | None


@register(Tags.security, deploy=True)
def check_demo_is_off(app_configs: Configs, **_: Any) -> list[CheckMessage]:
    if not settings.DEMO:
        return []
    return [
        Error(
            "DEMO is 1: whoever reads var/demo.json may send.",
            hint="Set DEMO=0 and start with an empty database.",
            id="smsplatform.E001",
        )
    ]


@register(Tags.security, deploy=True)
def check_secrets_are_own(app_configs: Configs, **_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.SECRET_KEY.startswith(SAMPLE_SECRETS):
        found.append(Error("SECRET_KEY is a sample.", id="smsplatform.E002"))
    if SAMPLE_FIELD_KEY in settings.FIELD_KEYS:
        found.append(Error("FIELD_KEYS holds the sample key.", id="smsplatform.E003"))
    return found


@register(Tags.security, deploy=True)
def check_mail_leaves(app_configs: Configs, **_: Any) -> list[CheckMessage]:
    if not settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        return []
    return [
        Warning(
            "Mails go to a log: nobody can reset a password.",
            hint="Set EMAIL_URL, for example smtp+tls://user:password@host:587.",
            id="smsplatform.W004",
        )
    ]


@register(Tags.database, deploy=True)
def check_server_keeps_what_it_said(
    app_configs: Configs, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    return [problem for name in databases or () for problem in _forgetful(name)]


def _forgetful(database: str) -> list[CheckMessage]:
    with connections[database].cursor() as cursor:
        cursor.execute(
            "SELECT name FROM pg_settings WHERE name = ANY(%s) AND setting = 'off'", [list(DURABLE)]
        )
        return [
            Error(
                f"PostgreSQL runs with {name} off: what was committed may be lost.",
                hint=f"Set {name} = on in postgresql.conf.",
                id="smsplatform.E005",
            )
            for (name,) in cursor.fetchall()
        ]
