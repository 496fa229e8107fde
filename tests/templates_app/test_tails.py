"""Words to opt out: who gets them appended, and that whoever counts a message counts them."""

import json
from random import Random

import pytest

from messaging.models import Message, MessageText
from smsplatform.core import remember
from templates_app.models import OptOutTail, Template
from templates_app.services import checking, composing, tails, variables
from templates_app.services.linting import Wording
from tests import world
from tests.templates_app.test_linter_and_send_path import thrown

CN = tails.make("拒收请回复R", "退订回T")


def composed(body, *, signature="云帆", country="CN", tail=CN):
    return composing.compose(body, signature=signature, country=country, tail=tail).text


@pytest.mark.parametrize(
    ("body", "read"),
    [
        ("会员日八折。", "【云帆】会员日八折。拒收请回复R"),
        ("会员日八折", "【云帆】会员日八折 拒收请回复R"),
        ("见 x.cn/a", "【云帆】见 x.cn/a 拒收请回复R"),
        ("会员日八折，拒收请回复R", "【云帆】会员日八折，拒收请回复R"),
        ("会员日八折，退订回 Ｔ。", "【云帆】会员日八折，退订回 Ｔ。"),
        ("退订回T，会员日八折。", "【云帆】退订回T，会员日八折。拒收请回复R"),
    ],
)
def test_the_words_come_last_once(body, read):
    assert composed(body) == read


def test_where_they_may_stand_anywhere_they_are_not_said_twice():
    stop = tails.make("Reply STOP to opt out", "STOP", is_last=False)

    assert composed("STOP ends it. Sale now", country="US", tail=stop) == (
        "[云帆] STOP ends it. Sale now"
    )
    assert composed("Sale now.", country="US", tail=stop) == (
        "[云帆] Sale now. Reply STOP to opt out"
    )


def test_a_country_without_a_row_takes_that_of_every_other():
    table = {("CN", "marketing"): CN, ("", "marketing"): tails.make("STOP")}

    assert tails.of(table, "CN", "marketing") is CN
    assert tails.of(table, "FR", "marketing").text == "STOP"
    assert tails.of(table, "CN", "notice") is None


@pytest.mark.django_db
def test_a_platform_that_chose_gets_nothing_installed():
    OptOutTail.objects.create(country="CN", text="回复R退订", is_active=False)

    tails.install()
    remember.forget()

    assert tails.table() == {}


@pytest.mark.django_db
def test_a_new_platform_starts_with_what_china_demands():
    tails.install()
    remember.forget()

    assert tails.of(tails.table(), "CN", "marketing").text == "拒收请回复R"


@pytest.fixture
def customer():
    tails.install()
    OptOutTail.objects.create(text="Reply STOP to opt out", accepted=["STOP"], is_last=False)
    world.make_prices()
    world.make_carrier()
    return world.make_customer()


def ask(client, customer, path, **body):
    return client.post(
        f"/api/v1/{path}",
        json.dumps(body),
        content_type="application/json",
        headers=customer.bearer,
    )


NUMBERS = {"china": "+8613800138000", "international": "+447400123456"}


@pytest.mark.django_db
def test_preview_estimate_and_message_never_disagree(client, customer):
    """Of a few hundred texts thrown together, those that a review would let pass."""
    dice = Random(7)  # noqa: S311 - chance that repeats
    seen = 0
    while seen < 25:
        wording, rules = thrown(dice)
        checked = checking.check(wording=wording, market=rules.market, signature="Acme")
        if checked.has_errors or checked.size is None:
            continue
        seen += 1
        _agree(client, customer, wording, rules.market, checked.size)


def _agree(client, customer, wording, market, size):
    Template.objects.filter(pk=customer.template.pk).update(
        body=wording.body,
        variables=[{"name": name, "type": kind} for name, kind in wording.variables],
        message_class=wording.message_class,
    )
    remember.forget()
    body = {
        "to": NUMBERS[market],
        "template": customer.template.code,
        "params": variables.samples(wording.variables),
    }
    [guess] = ask(client, customer, "messages/estimate", **body).json()["messages"]
    ask(client, customer, "messages", **body)
    sent = Message.objects.latest("id")

    assert MessageText.objects.get(message_id=sent.id).text == size.sample
    assert (sent.parts, sent.encoding) == (size.parts, size.encoding)
    assert (guess["parts"], guess["encoding"]) == (size.parts, size.encoding)


@pytest.mark.django_db
def test_the_words_are_paid_for(client, customer):
    body = "惠" * 64
    wording = Wording("marketing", body)
    Template.objects.filter(pk=customer.template.pk).update(
        body=body, variables=[], message_class="marketing"
    )
    checked = checking.check(wording=wording, market="china", signature="Acme")

    answer = ask(
        client, customer, "messages/estimate", to="+8613800138000", template="login_code"
    ).json()

    # 70 characters with the signature alone.
    assert checked.size.parts == answer["total"]["parts"] == 2
    assert answer["total"]["price"]["amount"] == "0.09"
