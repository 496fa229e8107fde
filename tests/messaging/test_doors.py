"""Every request, good or bad, through both doors: the same status and the same JSON.

One world for the whole module, because two doors with threads of their own see only what is
committed. Cases share it: a refusal is told by what did not change.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client

from accounts.models import Account, Scope
from accounts.services import keys
from accounts.states import AccountState
from billing.models import Entry, Wallet
from messaging.models import Batch, Due, IdempotencyKey, Message, MessageText
from smsplatform.core import clock, remember
from templates_app.models import MessageClass
from templates_app.states import ReviewState
from tests import world
from tests.messaging import doors
from tests.messaging.door_cases import BAD, CN, GOOD, Case, say, sms
from tests.messaging.doors import Ask


@pytest.fixture(scope="module")
def transactional_db(django_db_setup: Any, django_db_blocker: Any) -> Iterator[None]:
    """The name by which pytest-django knows who needs a database; here for a module at once."""
    with django_db_blocker.unblock():
        yield
        remember.forget()
        call_command("flush", verbosity=0, interactive=False)


@pytest.fixture(scope="module")
def bearers(transactional_db: None) -> dict[str, str]:
    """Authorization headers by who sends them."""
    return _make_world()


@pytest.fixture(scope="module")
def send_door(bearers: dict[str, str]) -> Iterator[doors.AsgiServer]:
    with doors.asgi_server() as server:
        yield server


def _make_world() -> dict[str, str]:
    world.make_prices()
    world.make_carrier()
    rich = world.make_customer("Rich", balance="10000.00")
    world.make_template(rich.account, "greeting", body="Hello ${name}!", message_class="notice")
    rich.account.templates.filter(code="greeting").update(
        variables=[{"name": "name", "type": "text"}]
    )
    world.make_template(rich.account, "draft", state=ReviewState.DRAFT)
    world.make_template(rich.account, "withdrawn", state=ReviewState.WITHDRAWN)
    world.make_template(rich.account, "broken", variables=[{"name": "code"}])
    world.make_template(
        rich.account, "offer", body="Sale", variables=[], message_class=MessageClass.MARKETING
    )
    rich.account.signatures.create(text="Other", state=ReviewState.DRAFT)
    bearers = {"rich": rich.key_text, **_keys_of(rich)}
    for name, customer in _others().items():
        bearers[name] = customer.key_text
    remember.forget()
    return {name: f"Bearer {text}" for name, text in bearers.items()}


def _keys_of(rich: world.Customer) -> dict[str, str]:
    """The rich customer's other keys, each wanting something."""
    revoked, revoked_text = keys.create(project=rich.project, name="Revoked")
    keys.revoke(key=revoked, now=clock.now())
    expired, expired_text = keys.create(project=rich.project, name="Expired")
    type(expired).objects.filter(pk=expired.pk).update(expires_at=clock.now())
    _reader, reader_text = keys.create(project=rich.project, name="R", scopes=[Scope.READ])
    _fenced, fenced_text = keys.create(
        project=rich.project, name="Fenced", allowed_networks=["10.0.0.0/8"]
    )
    _home, home_text = keys.create(
        project=rich.project, name="Home", allowed_networks=["127.0.0.0/8"]
    )
    return {
        "revoked": revoked_text,
        "expired": expired_text,
        "reader": reader_text,
        "fenced": fenced_text,
        "home": home_text,
        "mistyped": rich.key_text[:-1] + ("0" if rich.key_text[-1] != "0" else "1"),
    }


def _others() -> dict[str, world.Customer]:
    others = {
        "templates_only": world.make_customer("Templates only", may_send_text=False),
        "poor": world.make_customer("Poor", balance="0.05"),
        "unsigned": world.make_customer("Unsigned"),
        "newcomer": world.make_customer("Newcomer"),
        **{
            str(state): world.make_customer(str(state))
            for state in (AccountState.SUSPENDED, AccountState.FROZEN, AccountState.CLOSED)
        },
    }
    others["unsigned"].account.signatures.all().delete()
    Account.objects.filter(name="Newcomer").update(is_live=False)
    for state in (AccountState.SUSPENDED, AccountState.FROZEN, AccountState.CLOSED):
        Account.objects.filter(name=str(state)).update(state=state)
    return others


def at(**distance: float) -> str:
    # Far from every bound, so that the day of the run does not matter.
    return (clock.reading() + timedelta(**distance)).isoformat()


def _stored() -> tuple[Any, ...]:
    tables = (Batch, Message, MessageText, Due, Entry, IdempotencyKey)
    balances = tuple(Wallet.objects.order_by("id").values_list("balance", flat=True))
    return (*(table.objects.count() for table in tables), balances)


def _named(case: Case) -> str:
    return case.name.replace(" ", "-")


@pytest.mark.parametrize("case", GOOD, ids=_named)
def test_both_doors_accept_alike(case, bearers, send_door):
    ask = case.ask(bearers)

    fast, django = send_door(ask), doors.through_django(ask)

    assert fast.comparable() == django.comparable()
    assert fast.status == 202, fast.json
    assert tuple(row["code"] for row in fast.json["rejected"]) == case.rejected


@pytest.mark.parametrize("case", BAD, ids=_named)
def test_both_doors_refuse_alike_and_store_nothing(case, bearers, send_door):
    ask, before = case.ask(bearers), _stored()

    fast, django = send_door(ask), doors.through_django(ask)

    assert fast.comparable() == django.comparable()
    assert (fast.status, fast.json["code"]) == (case.status, case.code)
    assert fast.json["message"]
    errors = fast.json["errors"]
    if case.error:
        assert errors[0]["code"] == case.error
    if case.field is not None:
        assert errors[0]["field"] == case.field
    assert _stored() == before
    assert len(errors) <= 100


@pytest.mark.parametrize("case", BAD, ids=_named)
def test_every_refusal_is_told_in_chinese(case, bearers, send_door):
    english = case.ask(bearers)
    chinese = Ask(english.body, {**english.headers, "Accept-Language": "zh-CN"}, english.is_chunked)

    told, english_told = send_door(chinese).json, send_door(english).json

    assert told["message"] != english_told["message"]
    for one, other in zip(told["errors"], english_told["errors"], strict=True):
        assert one["message"] != other["message"]


@pytest.mark.parametrize("first", ["fast", "django"])
@pytest.mark.parametrize("second", ["fast", "django"])
def test_a_key_is_replayed_through_either_door(first, second, bearers, send_door):
    through = {"fast": send_door, "django": doors.through_django}
    key = f"{first}-{second}"
    ask = Case("", say("hi", [CN, "12"]), headers={"Idempotency-Key": key}).ask(bearers)
    answered, before = through[first](ask), _stored()

    again = through[second](ask)

    assert (again.status, again.json) == (answered.status, answered.json)
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in answered.headers
    assert _stored() == before


def test_a_replay_speaks_the_language_of_who_repeats(bearers, send_door):
    headers = {"Idempotency-Key": "languages", "Accept-Language": "en"}
    body = {
        "messages": [{"to": CN}, {"to": CN, "params": {"code": "x"}}],
        "template": "login_code",
        "params": {"code": "123456"},
    }
    english = send_door(Case("", body, headers=headers).ask(bearers)).json["rejected"]
    fresh = {"Accept-Language": "zh-hans"}
    chinese = send_door(Case("", body, headers=fresh).ask(bearers)).json["rejected"]

    told = send_door(Case("", body, headers={**headers, **fresh}).ask(bearers)).json["rejected"]

    assert told == chinese != english


def test_a_key_with_another_body_is_refused_through_both_doors(bearers, send_door):
    headers = {"Idempotency-Key": "another body"}
    send_door(Case("", sms(), headers=headers).ask(bearers))
    ask, before = Case("", sms([CN, CN]), headers=headers).ask(bearers), _stored()

    fast, django = send_door(ask), doors.through_django(ask)

    assert fast.comparable() == django.comparable()
    assert (fast.status, fast.json["code"]) == (422, "idempotency_key_reused")
    assert _stored() == before


def test_a_message_for_later_is_scheduled_through_both_doors(bearers, send_door):
    ask = Case("", sms(send_at=at(days=29), valid_for=60)).ask(bearers)

    fast, django = send_door(ask), doors.through_django(ask)

    assert fast.comparable() == django.comparable()
    assert fast.json["messages"][0]["state"] == "scheduled"


@pytest.fixture
def nobody_answers(monkeypatch):
    """The database is away, and nothing is remembered of what it said."""

    def refuse(_self):
        raise OperationalError("connection refused")

    remember.forget()
    monkeypatch.setattr(BaseDatabaseWrapper, "cursor", refuse)


def test_without_the_database_both_doors_ask_to_try_again(bearers, send_door, nobody_answers):
    ask = Case("", sms()).ask(bearers)

    fast, django = send_door(ask), doors.through_django(ask)

    assert fast.comparable() == django.comparable()
    assert (fast.status, fast.json["code"]) == (503, "unavailable")
    assert fast.headers["retry-after"] == django.headers["retry-after"] == "1"


@pytest.mark.parametrize("address", ["/", "/api/v1/balance", "/staff/"])
def test_without_the_database_every_page_asks_to_try_again(address, bearers, nobody_answers):
    client = Client(raise_request_exception=False, headers={"Authorization": bearers["rich"]})
    client.cookies["sessionid"] = "a" * 32

    answer = client.get(address)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
