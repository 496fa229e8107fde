"""A platform that can send codes, and whoever reads them on the phone."""

import re

from accounts.models import PhoneCode
from messaging import tasks
from messaging.models import Message, MessageText
from smsplatform.core import clock, remember
from smsplatform.management import house
from templates_app.models import SignatureFiling
from templates_app.states import FilingState
from tests import world


def open_house() -> None:
    """With a price, a route and signatures that the operators know."""
    world.make_prices()
    world.make_carrier()
    house.install(now=clock.now())
    SignatureFiling.objects.update(state=FilingState.FILED)
    remember.forget()


def send_codes() -> None:
    """As the worker does, twice."""
    for row in [*PhoneCode.objects.order_by("id"), *PhoneCode.objects.order_by("id")]:
        tasks.send_phone_code(code_id=row.pk)


def text_on(number: str) -> str:
    """What stands on the phone: the last message that was accepted for it."""
    message = Message.objects.filter(number=number).latest("id")
    return MessageText.objects.get(message_id=message.id).text


def code_on(number: str) -> str:
    send_codes()
    found = re.search(r"\d{6}", text_on(number))
    assert found is not None
    return found.group()


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"
