"""The demonstration is made once, in an empty database; var/demo.json always tells the truth."""

import json
import shlex
import stat
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Account, ApiKey, User, WebhookEndpoint
from accounts.services import keys
from billing.models import Entry
from messaging.models import Carrier
from smsplatform.core import clock, remember, vault
from smsplatform.management import banner, roles
from smsplatform.management.demo import handing
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var(tmp_path: Path, settings: Any) -> Path:
    settings.DEMO = True
    settings.VAR_DIR = tmp_path
    remember.forget()
    return tmp_path


def ensure() -> dict[str, Any]:
    remember.forget()
    facts = handing.ensure(now=clock.now())
    assert facts is not None
    return facts


def test_the_facts_are_those_that_readers_were_promised(var: Path) -> None:
    facts = ensure()

    assert json.loads((var / "demo.json").read_text()) == facts
    assert set(facts) == {
        *("base_url", "api_key", "template", "signature", "staff", "customer"),
        *("simulator", "webhook_secret", "staff_roles"),
    }
    assert set(facts["template"]) == {"code", "params"}
    assert set(facts["simulator"]) == {"smpp_port", "http_port"}


def test_only_the_owner_may_read_them(var: Path) -> None:
    ensure()

    assert stat.S_IMODE((var / "demo.json").stat().st_mode) == 0o600


def test_a_second_time_changes_nothing() -> None:
    facts = ensure()
    before = (Account.objects.count(), ApiKey.objects.count(), Entry.objects.count())

    assert ensure() == facts
    assert (Account.objects.count(), ApiKey.objects.count(), Entry.objects.count()) == before


def test_the_logins_work() -> None:
    facts = ensure()

    for who, is_staff in (("staff", True), ("customer", False)):
        user = User.objects.get(email=facts[who]["user"])
        assert user.check_password(facts[who]["password"])
        assert (user.is_superuser, len(facts[who]["password"]) >= 15) == (is_staff, True)


def test_each_role_of_the_staff_has_somebody() -> None:
    logins = ensure()["staff_roles"]

    assert set(logins) == set(roles.ROLES)
    for role, login in logins.items():
        user = User.objects.get(email=login["user"])
        assert user.check_password(login["password"])
        assert (user.is_staff, user.is_superuser) == (True, False)
        assert [group.name for group in user.groups.all()] == [role]


def test_two_installations_have_different_secrets(var: Path) -> None:
    first = ensure()
    (var / "demo.json").unlink()

    second = ensure()

    assert first["api_key"] != second["api_key"]
    assert first["customer"]["password"] != second["customer"]["password"]
    assert first["webhook_secret"] != second["webhook_secret"]


def test_lost_facts_are_handed_out_again(var: Path) -> None:
    ensure()
    (var / "demo.json").write_text("{")

    facts = ensure()

    assert keys.find(facts["api_key"]) is not None
    endpoint = WebhookEndpoint.objects.get()
    assert vault.unseal(endpoint.sealed_secret) == facts["webhook_secret"]


def test_facts_of_another_database_are_not_believed(var: Path) -> None:
    stale = {**ensure(), "api_key": "sms_live_00000000_other"}
    (var / "demo.json").write_text(json.dumps(stale))

    assert keys.find(ensure()["api_key"]) is not None


def test_carriers_and_endpoint_follow_the_ports(settings: Any) -> None:
    ensure()
    settings.SMPP_PORT, settings.SIMULATOR_HTTP_PORT = 4001, 4002

    facts = ensure()

    assert facts["simulator"] == {"smpp_port": 4001, "http_port": 4002}
    assert dict(Carrier.objects.values_list("kind", "port")) == {"smpp": 4001, "http": 4002}
    assert WebhookEndpoint.objects.get().url == "http://127.0.0.1:4002/webhooks/demo"


def test_somebody_elses_data_is_left_alone() -> None:
    factories.AccountFactory()

    assert handing.ensure(now=clock.now()) is None
    assert Account.objects.count() == 1


def test_without_demo_nothing_is_seeded(settings: Any) -> None:
    settings.DEMO = False

    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("seed_demo")

    assert not Account.objects.exists()


def test_any_shell_takes_the_curl_line_as_it_is() -> None:
    facts = ensure()

    line = banner.curl(facts)

    words = shlex.split(line)
    assert words[0] == "curl"
    assert f"Authorization: Bearer {facts['api_key']}" in words
    assert json.loads(words[-1])["template"] == facts["template"]["code"]
    assert not set(line) & set("\n$`!\\")
