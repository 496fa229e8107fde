"""Settings come from the environment; what is missing or wrong stops the start with a sentence."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
GOOD = {
    "SECRET_KEY": "s" * 60,
    "FIELD_KEYS": "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU=",
    "DATABASE_URL": "postgres://sms@db.example.com/sms",
}
PRODUCTION = GOOD | {
    "SECRET_KEY": "Zk3vN8qLw1Xc5RtYb7UmPd2Hj9Fg4SaEoKi6TzVyBnMxQ0WrCeDlGhJuAs",
    "BASE_URL": "https://sms.example.com",
    "ALLOWED_HOSTS": "sms.example.com",
    "EMAIL_URL": "smtp+tls://sms:word@mail.example.com:587",
}


def manage(*arguments: str, **values: str) -> subprocess.CompletedProcess[str]:
    basis = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env=basis | {"SMSPLATFORM_VAR": "/nowhere"} | values,
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip


def settings(*names: str, **values: str) -> list[object]:
    code = (
        "import json; from django.conf import settings;"
        f"print(json.dumps([getattr(settings, n) for n in {names!r}], default=list))"
    )
    answer = manage("shell", "--no-imports", "-c", code, **GOOD | values)
    assert answer.returncode == 0, answer.stderr
    found: list[object] = json.loads(answer.stdout)
    return found


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_missing_value_is_asked_for_in_one_sentence(name: str) -> None:
    answer = manage("check", **{key: value for key, value in GOOD.items() if key != name})

    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith(f"Set {name}: ")
    assert answer.stderr.count("\n") == 1


@pytest.mark.parametrize("url", ["sqlite:///db.sqlite3", "mysql://a@b/c", "nonsense"])
def test_no_other_database_is_accepted(url: str) -> None:
    answer = manage("check", **GOOD | {"DATABASE_URL": url})

    assert answer.returncode == 2
    assert answer.stderr == "DATABASE_URL must be a postgres:// URL: nothing else will do.\n"


def test_only_the_demonstration_may_reach_its_simulator() -> None:
    port = {"SIMULATOR_HTTP_PORT": "8123"}

    assert settings("OUTGOING_EXCEPTIONS", **port) == [[]]
    assert settings("OUTGOING_EXCEPTIONS", "DEBUG", DEMO="1", **port) == [
        [["127.0.0.1", 8123]],
        False,
    ]


def test_https_makes_cookies_secure() -> None:
    names = ("SESSION_COOKIE_SECURE", "SECURE_SSL_REDIRECT")

    assert settings(*names) == [False, False]
    assert settings(*names, BASE_URL="https://sms.example.com") == [True, True]


def test_a_production_environment_passes_every_check() -> None:
    answer = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)

    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("DEMO", "1", "smsplatform.E001"),
        ("SECRET_KEY", "only-for-tests-" + "0" * 40, "smsplatform.E002"),
        ("FIELD_KEYS", "MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA=", "smsplatform.E003"),
    ],
)
def test_production_refuses(name: str, value: str, code: str) -> None:
    answer = manage("check", "--deploy", **PRODUCTION | {name: value})

    assert answer.returncode == 1
    assert code in answer.stderr


def test_mails_that_go_nowhere_are_told() -> None:
    without = {name: value for name, value in PRODUCTION.items() if name != "EMAIL_URL"}

    assert "smsplatform.W004" in manage("check", "--deploy", **without).stderr
