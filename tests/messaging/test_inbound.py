"""What phones write: stored once, and words that stop are obeyed in the same commit."""

import json

import pytest

from accounts.models import WebhookDelivery
from messaging.models import ConsentEntry, Inbound, InboundPart, InboundSeen, Suppression
from messaging.services import inbound, replies
from messaging.services.inbound import Arrival, PartOf
from smsplatform.core import remember
from tests import factories, world
from tests.messaging.line import Line, state

pytestmark = pytest.mark.django_db

NUMBER = "+8613800138000"
CODE = "106900001"


@pytest.fixture
def line():
    line = Line(access_code=CODE)
    # A second of its own, before which nothing was sent.
    line.later(seconds=1)
    return line


def hear(line, text="TD", *, number="8613800138000", to=CODE, **more):
    """As a bind does with what is no receipt; returns what was stored of it, if anything was."""
    arrivals = [
        Arrival(number, to, one.encode("utf-16-be"), "ucs2", **more)
        for one in ([text] if isinstance(text, str) else text)
    ]
    before = set(Inbound.objects.values_list("id", flat=True))
    inbound.store(carrier_id=line.carrier.id, arrivals=arrivals, now=line.now)
    line.later(milliseconds=1)
    return Inbound.objects.exclude(id__in=before).first()


def extension(line):
    return f"{CODE}{line.customer.signature.extension}"


def rows():
    """Account, signature and class of what is suppressed."""
    found = Suppression.objects.filter(lifted_at=None).order_by("id")
    return list(found.values_list("account_id", "signature_id", "message_class"))


def news(line):
    world.make_template(line.customer.account, "news", message_class="marketing", body="News!",
                        variables=[])  # fmt: skip
    return line.accept(template="news", params={}, signature="Acme")


# -- whose it is ---------------------------------------------------------------------------------


def test_the_extension_code_tells_the_signature(line):
    found = hear(line, "您好", to=extension(line))

    assert (found.account, found.signature_id) == (
        line.customer.account,
        line.customer.signature.id,
    )
    assert (found.number, found.text, found.outcome) == (NUMBER, "您好", "none")


def test_digits_of_the_sender_s_own_behind_the_extension_change_nothing(line):
    assert hear(line, to=f"+{extension(line)}77").signature_id == line.customer.signature.id


def test_without_an_extension_it_is_answered_to_whoever_wrote_last(line):
    line.accept()
    line.send()

    found = hear(line, "您好")

    assert (found.account, found.signature_id) == (line.customer.account, None)


def test_of_two_accounts_the_one_that_wrote_last_is_answered(line):
    other = factories.AccountFactory()
    line.accept()
    line.send()
    factories.MessageFactory(account=other, number=NUMBER, accepted_at=line.now, delivered=True)
    line.later(seconds=1)

    assert hear(line, "您好").account == other


@pytest.mark.parametrize("case", ["nothing sent", "not sent yet", "too long ago"])
def test_what_answers_nobody_is_kept_as_nobody_s(line, case):
    if case != "nothing sent":
        line.accept()
    if case == "too long ago":
        line.send()
        line.later(hours=73)

    assert hear(line, "您好").account is None


def test_a_carrier_without_an_access_code_is_not_guessed_at(line):
    line.carrier.access_code = ""
    line.carrier.save()

    assert hear(line, "您好", to=extension(line)).account is None


# -- what a word does ----------------------------------------------------------------------------


def test_a_word_that_stops_binds_the_signature_and_cancels_what_is_queued(line):
    [message_id] = news(line)

    found = hear(line, "ｔｄ", to=extension(line))

    account, signature = line.customer.account.id, line.customer.signature.id
    assert (found.outcome, found.word) == ("opt_out", "td")
    assert rows() == [(account, signature, "marketing")]
    row = Suppression.objects.get()
    assert (row.source, row.word, row.inbound_id) == ("reply", "td", found.id)
    assert line.claim() == []
    assert state(message_id) == "cancelled"


def test_a_code_still_reaches_who_refused_advertisements(line):
    line.accept()
    hear(line, "退订", to=extension(line))

    assert len(line.claim()) == 1


def test_outside_china_notices_stop_too(line):
    hear(line, "STOP", number="447400123456", to=extension(line))

    account, signature = line.customer.account.id, line.customer.signature.id
    assert sorted(rows()) == [(account, signature, "marketing"), (account, signature, "notice")]


def test_a_word_for_everything_stops_everything_of_the_account(line):
    hear(line, "STOPALL", to=extension(line))

    assert rows() == [(line.customer.account.id, None, "")]


def test_a_word_to_nobody_in_particular_binds_everybody(line):
    hear(line, "TD")

    assert rows() == [(None, None, "marketing")]


def test_who_starts_again_takes_back_their_own_words_only(line):
    hear(line, "TD", to=extension(line))
    hear(line, "TD")
    Suppression.objects.create(
        id="018f0000-0000-7000-8000-000000000000", account=line.customer.account, number=NUMBER,
        source="complaint", created_at=line.now,
    )  # fmt: skip

    found = hear(line, "START", to=extension(line))

    assert found.outcome == "opt_in"
    assert rows() == [(line.customer.account.id, None, "")]


@pytest.mark.parametrize(
    ("texts", "stopped"), [(["TD", "START"], 0), (["START", "TD"], 1), (["TD", "STOPALL"], 2)]
)
def test_the_later_word_of_one_group_undoes_the_earlier(line, texts, stopped):
    hear(line, texts, to=extension(line))

    assert len(rows()) == stopped
    assert Inbound.objects.count() == 2


def test_words_are_on_the_ledger_of_consents_with_their_proof(line):
    stop = hear(line, "TD", to=extension(line))
    start = hear(line, "START", to=extension(line))

    told = ConsentEntry.objects.order_by("id").values_list("act", "evidence", "recorded_by")
    assert list(told) == [
        ("withdrawn", f"inbound:{stop.id}", "recipient"),
        ("granted", f"inbound:{start.id}", "recipient"),
    ]


@pytest.mark.parametrize("text", ["我不退订", "HELP", "1", ""])
def test_other_texts_stop_nothing(line, text):
    hear(line, text, to=extension(line))

    assert rows() == []


def test_the_account_is_told_what_came_and_what_it_did(line):
    found = hear(line, "TD", to=extension(line))

    told = {
        row.kind: json.loads(row.payload)["data"]
        for row in WebhookDelivery.objects.filter(subject_id=found.id)
    }
    assert told.keys() == {"message.received", "recipient.opted_out"}
    assert told["message.received"]["from"] == NUMBER
    assert told["message.received"]["signature"] == "Acme"
    assert told["recipient.opted_out"]["word"] == "td"


def test_what_is_nobody_s_is_told_to_nobody(line):
    hear(line, "TD")

    assert not WebhookDelivery.objects.exists()


# -- once ----------------------------------------------------------------------------------------


def test_what_the_carrier_sends_again_is_stored_once(line):
    hear(line, ["TD", "TD"])
    line.later(minutes=9)
    hear(line, "TD")

    assert Inbound.objects.count() == 1


def test_who_writes_the_same_later_has_written_twice(line):
    hear(line, "1")
    line.later(minutes=11)

    assert hear(line, "1") is not None


@pytest.mark.parametrize("again", [{"to": "1069"}, {"number": "8613800138001"}, {"text": "TD "}])
def test_another_sender_text_or_address_is_another_message(line, again):
    hear(line, "TD")

    assert hear(line, **again) is not None


def test_the_carrier_s_own_id_tells_repeats_for_a_day(line):
    hear(line, "1", named="a")
    line.later(hours=23)

    assert hear(line, "1", named="a") is None
    assert hear(line, "1", named="b") is not None


def test_what_was_seen_is_forgotten_when_nobody_repeats_it_any_more(line):
    hear(line, "1")
    line.later(hours=25)

    inbound.forget_seen(now=line.now)

    assert not InboundSeen.objects.exists()


# -- long ones -----------------------------------------------------------------------------------


def test_parts_wait_for_each_other_and_are_read_together(line):
    assert hear(line, "好", part=PartOf(7, 3, 3)) is None
    assert hear(line, "你", part=PartOf(7, 3, 1)) is None
    assert hear(line, "你", part=PartOf(7, 3, 1)) is None

    found = hear(line, "们", part=PartOf(7, 3, 2))

    assert (found.text, found.parts, found.is_complete) == ("你们好", 3, True)
    assert not InboundPart.objects.exists()


def test_a_character_that_was_cut_in_two_is_whole_again(line):
    halves = "😀".encode("utf-16-be")
    for no, half in ((1, halves[:2]), (2, halves[2:])):
        arrival = Arrival("8613800138000", CODE, half, "ucs2", part=PartOf(1, 2, no))
        inbound.store(carrier_id=line.carrier.id, arrivals=[arrival], now=line.now)

    assert Inbound.objects.get().text == "😀"


def test_parts_of_different_phones_and_messages_are_not_mixed(line):
    hear(line, "a", part=PartOf(7, 2, 1))
    hear(line, "b", part=PartOf(8, 2, 2))
    hear(line, "c", part=PartOf(7, 2, 2), number="8613800138001")

    assert not Inbound.objects.exists()


def test_what_never_came_is_not_waited_for_longer_than_a_day(line):
    hear(line, "头", part=PartOf(7, 2, 1))
    line.later(hours=23)
    assert inbound.join_waiting(now=line.now) == 0
    line.later(hours=2)

    assert inbound.join_waiting(now=line.now) == 1

    found = Inbound.objects.get()
    assert (found.text, found.is_complete) == ("头", False)
    assert inbound.join_waiting(now=line.now) == 0


def test_parts_that_met_only_in_the_database_are_joined_by_whoever_looks(line):
    for no, text in ((1, "a"), (2, "b")):
        InboundPart.objects.create(
            carrier=line.carrier, number="8613800138000", reference=7, total=2, no=no,
            alphabet="latin1", content=text.encode(), received_at=line.now,
        )  # fmt: skip

    inbound.join_waiting(now=line.now)

    assert Inbound.objects.get().text == "ab"


# -- whatever comes ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "is_international", "read"),
    [
        ("8613800138000", False, (NUMBER, "CN")),
        ("+8613800138000", False, (NUMBER, "CN")),
        ("13800138000", False, (NUMBER, "CN")),
        ("15012345678", True, ("+15012345678", "US")),
        ("15012345678", False, ("+8615012345678", "CN")),
        ("447400123456", False, ("+447400123456", "GB")),
        ("10086", False, ("10086", "")),
        ("BANK", False, ("BANK", "")),
        ("", False, ("", "")),
        ("x" * 40, False, ("x" * 21, "")),
        ("1\0\ud800", False, ("1?", "")),
    ],
)
def test_a_sender_is_read_as_a_number_where_it_is_one(number, is_international, read):
    assert replies.sender(number, is_international=is_international) == read


def test_a_word_from_what_is_no_number_suppresses_nothing(line):
    assert hear(line, "TD", number="10086").outcome == "none"
    assert rows() == []


def test_what_cannot_be_obeyed_is_kept_as_it_came_and_its_neighbours_are_obeyed(line, monkeypatch):
    obey = replies._obey

    def fails(found, now):
        if any(one.text == "poison" for one in found):
            raise LookupError("a fault of ours")
        obey(found, now)

    monkeypatch.setattr(replies, "_obey", fails)
    hear(line, ["poison", "TD"])

    outcomes = Inbound.objects.values_list("text", "outcome")
    assert set(outcomes) == {("poison", "failed"), ("TD", "opt_out")}
    assert len(rows()) == 1


def test_a_group_costs_a_constant_number_of_queries(line, django_assert_num_queries):
    remember.forget()
    hear(line, "0", to=extension(line))
    arrivals = [
        Arrival("8613800138000", extension(line), f"{n}".encode(), "latin1") for n in range(200)
    ]

    with django_assert_num_queries(8):
        inbound.store(carrier_id=line.carrier.id, arrivals=arrivals, now=line.now)
