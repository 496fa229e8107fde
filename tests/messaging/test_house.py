"""What the platform itself sends goes its own way: reviewed, filed, routed, and free."""

from datetime import timedelta

import pytest

from accounts.models import Account, PhoneCode
from accounts.services import phone_codes
from accounts.services.phone_codes import NumberUnreachable
from billing.models import Entry
from messaging import tasks
from messaging.models import Batch, Message, OpenedCountry, Route
from messaging.services.acceptance import NotAccepted
from smsplatform.core import clock, queue, remember
from smsplatform.management import house
from templates_app.models import SignatureFiling
from templates_app.states import FilingState
from tests import world
from tests.house import open_house, send_codes, text_on

pytestmark = pytest.mark.django_db

NUMBER, BRITISH = "+8613800138000", "+447400123456"


@pytest.fixture
def opened():
    open_house()


def ask(number=NUMBER, **changes):
    values = {"purpose": "person", "by": "user:1", "language": "en", **changes}
    return phone_codes.ask(number=number, now=clock.now(), **values)


def test_the_operators_account_is_made_once(opened):
    house.install(now=clock.now())

    account = Account.objects.get(is_house=True)
    assert (account.is_live, account.country) == (True, "CN")
    assert account.templates.count() == account.signatures.count() == 2


def test_a_code_is_a_message_of_its_own_class_that_costs_nothing(opened):
    made = ask()
    assert queue.is_waiting(
        queue=queue.SEND, task="messaging.tasks.send_phone_code", code_id=made.pk
    )
    send_codes()

    message = Message.objects.get()
    assert (message.number, message.message_class) == (NUMBER, "verification")
    assert (message.price_micros, message.account.is_house) == (0, True)
    assert Batch.objects.get().source == "platform"
    assert not Entry.objects.exists()
    assert message.valid_until - message.due_at == timedelta(minutes=5)


@pytest.mark.parametrize(
    ("number", "language", "begins", "says"),
    [
        (NUMBER, "zh-hans", "【短信平台】您的验证码是", "5分钟内有效"),
        (NUMBER, "en", "【短信平台】", "is your verification code"),
        (BRITISH, "zh-hans", "[SMSPlatform] ", "您的验证码是"),
    ],
)
def test_signed_by_where_it_goes_and_written_for_who_reads_it(
    opened, number, language, begins, says
):
    ask(number, language=language)
    send_codes()

    text = text_on(number)
    assert text.startswith(begins)
    assert says in text


def test_what_is_kept_of_a_code_that_was_sent_tells_nobody_what_it_was(opened):
    made = ask()
    send_codes()

    row = PhoneCode.objects.get(pk=made.pk)
    code = text_on(NUMBER)[-6:]
    assert row.sealed_code == ""
    assert code not in (row.digest, str(row.__dict__))


def _unfiled():
    SignatureFiling.objects.update(state=FilingState.FAILED)


def _without_route():
    Route.objects.update(is_active=False)


def _closed():
    OpenedCountry.objects.filter(country="GB").delete()


@pytest.mark.parametrize(
    ("number", "breaks"), [(NUMBER, _unfiled), (NUMBER, _without_route), (BRITISH, _closed)]
)
def test_a_number_that_no_code_would_reach_is_refused_before_one_is_made(opened, number, breaks):
    assert phone_codes.reaches(number, now=clock.now())
    breaks()
    remember.forget()

    with pytest.raises(NumberUnreachable):
        ask(number)

    assert not PhoneCode.objects.exists()


def test_without_an_account_of_its_own_the_platform_reaches_nobody():
    world.make_prices()
    world.make_carrier()

    assert not phone_codes.reaches(NUMBER, now=clock.now())


def test_what_became_impossible_meanwhile_is_told(opened):
    made = ask()
    _without_route()
    remember.forget()

    send_codes()

    made.refresh_from_db()
    assert (made.refusal, made.sealed_code) == ("no_route", "")
    assert not Message.objects.exists()


def test_what_cannot_be_taken_this_moment_is_tried_again(opened, monkeypatch):
    made = ask()
    monkeypatch.setattr("messaging.services.acceptance.accept", lambda _asked: [NotAccepted()])

    with pytest.raises(NotAccepted):
        tasks.send_phone_code(code_id=made.pk)

    made.refresh_from_db()
    assert made.sealed_code != ""
