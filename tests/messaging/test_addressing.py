"""What a message comes from: in mainland China access code and extension, abroad a sender ID."""

from dataclasses import replace

import pytest

from messaging.carriers import http, smpp
from smsplatform.core import remember
from templates_app.models import SenderID, SenderRule
from templates_app.services import senders
from templates_app.services.senders import Form, Rule, Table
from tests.messaging.line import Line

CODE = "106900001"
GB = "+447400123456"


@pytest.fixture
def line():
    line = Line(access_code=CODE)
    senders.install()
    return line


def let(line, **fields):
    for name, value in fields.items():
        setattr(line.carrier, name, value)
    line.carrier.save()
    remember.forget()


def source(line, number="13800138000"):
    line.accept(number)
    [claim] = line.claim()
    return claim.source


@pytest.mark.django_db
def test_in_china_replies_find_the_signature_by_its_extension(line):
    let(line, takes_extensions=True)

    assert source(line) == f"{CODE}{line.customer.signature.extension}"


@pytest.mark.django_db
def test_a_carrier_that_takes_nothing_puts_its_own(line):
    SenderID.objects.create(signature=line.customer.signature, country="GB", address="Acme Ltd")
    remember.forget()

    assert source(line) == ""
    assert source(line, GB) == ""


@pytest.mark.django_db
def test_a_carrier_of_extensions_alone_sends_none_abroad(line):
    let(line, takes_extensions=True)

    assert source(line, GB) == ""


@pytest.mark.django_db
def test_abroad_a_message_comes_from_what_is_written_down_for_the_country(line):
    let(line, takes_sender_ids=True)
    assert source(line, GB) == "Acme"

    SenderID.objects.create(signature=line.customer.signature, country="", address="Acme World")
    remember.forget()
    assert source(line, GB) == "Acme World"

    SenderID.objects.create(signature=line.customer.signature, country="GB", address="Acme UK")
    remember.forget()
    assert source(line, GB) == "Acme UK"
    assert source(line) == ""


def address(rule, *, ids=None, name="Acme", country="GB"):
    table = Table({country: rule}, {(1, where): said for where, said in (ids or {}).items()})
    return table.address(signature_id=1, name=name, country=country)


@pytest.mark.parametrize("name", ["云帆", "Acme & Sons Ltd", "123456", "", "Acme!", " Acme"])
def test_a_name_that_carriers_cannot_show_is_left_to_them(name):
    assert address(Rule(), name=name) == ""


def test_where_senders_are_registered_only_that_countrys_own_goes():
    rule = Rule(must_register=True)

    assert address(rule, ids={"": "Acme"}) == ""
    assert address(rule, ids={"GB": "Acme UK"}) == "Acme UK"


def test_where_no_names_are_taken_a_number_goes():
    rule = Rule(frozenset({Form.NUMBER}))

    assert address(rule) == ""
    assert address(rule, ids={"": "+447700900123"}) == "+447700900123"


def test_a_country_without_any_rule_is_left_to_the_carrier():
    assert Table().address(signature_id=1, name="Acme", country="GB") == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("country", "said"),
    [("GB", "Acme"), ("GB", "88802"), ("US", "+12025550123"), ("IN", "ACMEIN")],
)
def test_what_staff_may_write_down(country, said):
    senders.install()
    remember.forget()

    senders.check(address=said, country=country)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("country", "said", "refusal"),
    [
        ("US", "Acme", senders.SenderNotTaken),
        ("IN", "ACMEIND", senders.SenderNotTaken),
        ("GB", "Acme Worldwide", senders.SenderInvalid),
        ("GB", "云帆", senders.SenderInvalid),
        ("GB", "+44", senders.SenderInvalid),
    ],
)
def test_what_nobody_takes_is_not_written_down(country, said, refusal):
    senders.install()
    remember.forget()

    with pytest.raises(refusal):
        senders.check(address=said, country=country)


@pytest.mark.django_db
def test_a_platform_that_has_rules_keeps_them():
    SenderRule.objects.create(country="GB", takes_names=False)

    senders.install()

    assert SenderRule.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "on_the_wire"),
    [
        ("Acme", (5, 0, "Acme")),
        ("+447700900123", (1, 1, "447700900123")),
        ("106900001100001", (0, 0, "106900001100001")),
        ("", (0, 0, "")),
    ],
)
def test_the_wire_says_of_what_kind_it_is(line, said, on_the_wire):
    line.accept()
    [claim] = line.claim()
    [submission] = smpp.submissions(replace(claim, source=said))
    body = http._body(line.carrier, replace(claim, source=said))

    assert (submission.source_ton, submission.source_npi, submission.source) == on_the_wire
    assert (f'"from": "{said}"'.encode() in body) is bool(said)
