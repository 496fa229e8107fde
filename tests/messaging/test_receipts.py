"""Receipts: stored, acknowledged, applied; early, late, twice, in the wrong order, for nobody."""

import itertools
from datetime import timedelta

import pytest

from billing.models import Rate
from messaging.models import Message, Part, Receipt
from messaging.services import effects as effects_module
from messaging.services import receipts, resolver
from messaging.services.dispatch import Outcome
from messaging.services.receipts import Effect, ReceiptOutcome
from tests import world
from tests.messaging.line import Line, names, refunds, state, told

pytestmark = pytest.mark.django_db

PRICE = world.CODE_PRICE_MICROS
UNDELIVERED, PENDING = ReceiptOutcome.UNDELIVERED, ReceiptOutcome.PENDING


@pytest.fixture(params=["of a bind", "of a callback"])
def line(request):
    line = Line()
    line.is_quick = request.param == "of a callback"
    return line


@pytest.fixture
def sent(line):
    """One message, accepted by the carrier under the id `abc`."""
    [line.message_id] = line.accept()
    line.answer(line.submit(), ids=("0ABC",))
    return line


def effects():
    return list(Receipt.objects.order_by("id").values_list("effect", flat=True))


def test_a_delivered_receipt_ends_the_message_and_keeps_the_money(sent):
    sent.report("abc")

    assert state(sent.message_id) == "delivered"
    assert (sent.spent(), refunds(), told()) == (PRICE, 0, ["message.delivered"])
    assert effects() == [Effect.APPLIED]
    assert Receipt.objects.get().message_id == sent.message_id


def test_an_undelivered_receipt_refunds_where_delivery_is_what_is_paid(sent):
    sent.report("abc", outcome=UNDELIVERED)

    message = Message.objects.get()
    assert (message.state, message.reason, message.carrier_code) == (
        "undelivered",
        "undelivered",
        "DLR",
    )
    assert (sent.spent(), refunds(), told()) == (0, 1, ["message.undelivered"])


def test_an_undelivered_receipt_keeps_the_money_where_acceptance_is_what_is_paid(line):
    world.publish(Rate(country="CN", price_micros=PRICE, basis="accepted"))
    line.accept()
    line.answer(line.submit(), ids=("x",))

    line.report("x", outcome=UNDELIVERED)

    assert (line.spent(), refunds()) == (PRICE, 0)


def test_a_receipt_before_the_answer_waits_for_it(line):
    [message_id] = line.accept()
    claims = line.submit()

    line.report("abc")
    assert state(message_id) == "sending"
    line.answer(claims, ids=("abc",))
    assert line.apply() == 1
    assert state(message_id) == "delivered"


def test_a_second_copy_changes_nothing(sent):
    sent.report("abc", "abc", outcome=UNDELIVERED)
    sent.report("abc", outcome=UNDELIVERED)

    assert effects() == [Effect.APPLIED, Effect.REPEATED, Effect.REPEATED]
    assert (refunds(), len(told())) == (1, 1)


@pytest.mark.parametrize("together", [True, False])
def test_the_first_final_word_counts(sent, together):
    sent.store("abc")
    if not together:
        sent.apply()
    sent.store("abc", outcome=UNDELIVERED)
    sent.apply()

    assert state(sent.message_id) == "delivered"
    assert effects() == [Effect.APPLIED, Effect.CONFLICT]
    assert refunds() == 0


def test_a_word_on_the_way_settles_itself_and_nothing_else(sent):
    sent.report("abc", outcome=PENDING)

    assert (state(sent.message_id), effects()) == ("sent", [Effect.PENDING])
    sent.report("abc")
    assert state(sent.message_id) == "delivered"


def test_a_receipt_for_a_refused_message_is_kept_and_moves_nothing(line):
    [message_id] = line.accept()
    claims = line.submit()
    line.answer(claims, Outcome.UNKNOWN)
    line.later(hours=7)
    resolver.resolve(now=line.now)
    line.later(minutes=1)
    second = line.submit()
    line.answer(second, Outcome.REFUSED, code="X")
    line.answer(claims, ids=("late",))

    line.report("late")

    assert state(message_id) == "failed"
    assert effects() == [Effect.AFTER_REFUND]
    assert line.spent() == 0


def test_no_receipt_is_soft_and_a_late_one_moves_no_money(sent):
    sent.later(hours=73)
    assert receipts.no_receipt(now=sent.now) == 1
    assert (state(sent.message_id), sent.spent()) == ("no_receipt", 0)

    sent.later(seconds=1)
    sent.report("abc")

    assert state(sent.message_id) == "delivered"
    assert (effects(), sent.spent(), refunds()) == ([Effect.LATE], 0, 1)
    assert told() == ["message.no_receipt", "message.delivered"]


def test_no_receipt_leaves_what_was_sent_later_than_accepted(line):
    line.accept()
    claims = line.submit()
    line.later(hours=10)
    line.answer(claims)
    line.later(hours=63)

    assert receipts.no_receipt(now=line.now) == 0
    line.later(hours=10)
    assert receipts.no_receipt(now=line.now, accepted_within=timedelta(hours=2)) == 0
    assert receipts.no_receipt(now=line.now) == 1


LONG = "字" * 140  # with its signature three parts


@pytest.fixture
def long(line):
    [line.message_id] = line.accept(text=LONG)
    [claim] = line.submit()
    assert claim.parts == 3
    line.answer([claim])
    line.names = names(claim)
    return line


def test_a_long_message_is_delivered_when_its_last_part_is(long):
    long.report(*long.names[:2])
    assert state(long.message_id) == "sent"
    long.report(long.names[2])

    assert state(long.message_id) == "delivered"
    assert set(effects()) == {Effect.APPLIED}
    assert long.spent() == 3 * PRICE


def test_a_long_message_is_undelivered_with_its_first_lost_part(long):
    long.report(long.names[1], outcome=UNDELIVERED)
    long.report(long.names[0], long.names[2])

    assert state(long.message_id) == "undelivered"
    assert (long.spent(), refunds()) == (0, 1)


def test_two_parts_that_arrived_do_not_save_a_message_whose_third_was_lost(long):
    long.report(long.names[0], long.names[1])
    assert state(long.message_id) == "sent"

    long.report(long.names[2], outcome=UNDELIVERED)

    assert state(long.message_id) == "undelivered"
    assert (long.spent(), refunds(), told()) == (0, 1, ["message.undelivered"])


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize(("lost", "end"), [(False, "delivered"), (True, "undelivered")])
def test_the_receipts_of_parts_may_come_in_any_order(long, order, lost, end):
    """The last part's is the one that says it was lost."""
    for place in order:
        outcome = UNDELIVERED if lost and place == 2 else ReceiptOutcome.DELIVERED
        long.report(long.names[place], outcome=outcome)

    assert state(long.message_id) == end
    assert (refunds(), told()) == (int(lost), [f"message.{end}"])
    assert not Receipt.objects.filter(applied_at__isnull=True).exists()


def test_the_receipts_of_all_parts_in_one_group_end_the_message_once(long):
    long.store(*long.names[:2])
    long.store(long.names[2], outcome=UNDELIVERED)
    long.store(*reversed(long.names))
    long.apply()

    assert state(long.message_id) == "undelivered"
    assert (refunds(), told()) == (1, ["message.undelivered"])


def test_a_part_that_is_still_on_its_way_ends_nothing(long):
    long.report(long.names[0], long.names[2])
    long.report(long.names[1], outcome=PENDING)
    assert state(long.message_id) == "sent"

    long.report(long.names[1])

    assert state(long.message_id) == "delivered"


def test_the_first_word_on_a_part_counts(long):
    long.report(long.names[0])
    long.report(long.names[0], outcome=UNDELIVERED)

    assert state(long.message_id) == "sent"
    assert Part.objects.get(no=1).receipt_state == "delivered"


def test_parts_that_the_carrier_did_not_name_are_not_waited_for(line):
    [message_id] = line.accept(text=LONG)
    line.answer(line.submit(), ids=("one", "", ""))

    line.report("one")

    assert state(message_id) == "delivered"


def test_a_receipt_of_a_repeated_id_belongs_to_the_youngest_message(line):
    [old] = line.accept()
    line.answer(line.submit(), ids=("1",))
    [young] = line.accept()
    line.answer(line.submit(), ids=("1",))

    line.report("1")

    assert (state(old), state(young)) == ("sent", "delivered")


def test_strange_characters_in_a_receipt_are_stored_without_harm(line):
    line.store("\0a\ud800", number="\0+86", reference="\0")

    receipt = Receipt.objects.get()
    assert (receipt.raw_id, receipt.number, receipt.carrier_message_id) == ("a?", "+86", "a?")


def test_thousands_of_unknown_receipts_do_not_hide_a_known_one(sent, monkeypatch):
    monkeypatch.setattr(receipts, "MOST_APPLIED", 2)
    sent.store(*(f"nobody{number}" for number in range(50)))
    sent.store("abc")
    sent.apply()

    assert state(sent.message_id) == "delivered"


def test_unknown_receipts_are_forgotten_after_three_days(line):
    line.store("nobody")
    assert receipts.waiting(line.carrier.id)

    line.later(hours=73)
    assert receipts.forget_unknown(now=line.now) == 1
    assert effects() == [Effect.UNKNOWN]
    assert not receipts.waiting(line.carrier.id)


def test_the_number_of_queries_does_not_grow_with_the_group(line, django_assert_max_num_queries):
    line.accept(*(f"138001380{number:02}" for number in range(20)))
    claims = line.send()
    line.store(*(name for claim in claims for name in names(claim)), outcome=UNDELIVERED)

    with django_assert_max_num_queries(20):
        assert line.apply() == 20


@pytest.mark.parametrize(
    ("spelling", "answered", "reported"),
    [
        ("alike", "00AbC12", "abc12"),
        ("alike", "0000000123", "123"),
        ("hex_answers", "7B", "123"),
        ("hex_answers", "0x0000007b", "0000000123"),
        ("hex_answers", "not-a-number", "NOT-A-NUMBER"),
        ("decimal_answers", "123", "0000007B"),
        ("alike", "x" * 70, "X" * 70),
    ],
)
def test_an_id_is_recognised_however_it_is_spelled(spelling, answered, reported):
    line = Line(id_spelling=spelling)
    [message_id] = line.accept()
    line.answer(line.submit(), ids=[answered])

    line.report(reported)

    assert state(message_id) == "delivered"


def test_of_messages_with_one_id_the_receipt_is_the_one_of_its_number(line):
    """Some carriers answer the same id to everything."""
    first, second = line.accept("13800138000", "13800138001")
    line.answer(line.submit(), ids=["1"])

    line.report("1", number="8613800138000")
    assert (state(first), state(second)) == ("delivered", "sent")

    line.report("1", number="13800138001")
    assert state(second) == "delivered"


def test_of_messages_with_one_id_and_no_known_number_the_youngest_is_meant(line):
    first, second = line.accept("13800138000", "13800138001")
    line.answer(line.submit(), ids=["1"])

    line.report("1", number="10690001")
    assert (state(first), state(second)) == ("sent", "delivered")


# -- what nobody foresaw ---------------------------------------------------------------------


def fail_for(monkeypatch, message_id):
    """Whatever touches this message goes wrong."""
    end = effects_module.ending.end

    def fail(endings, **more):
        if any(message_id in ending.message_ids for ending in endings):
            raise LookupError(message_id)
        return end(endings, **more)

    monkeypatch.setattr(effects_module.ending, "end", fail)


def test_one_receipt_that_cannot_be_applied_hides_no_other(line, monkeypatch):
    first, second = line.accept("13800138001", "13800138002")
    line.send()
    fail_for(monkeypatch, first)
    names_ = [f"861380013800{place}-1-1" for place in (1, 2)]

    for name in names_:
        line.store(name)
    assert line.apply() == 2

    assert (state(first), state(second)) == ("sent", "delivered")
    assert sorted(effects()) == [Effect.APPLIED, Effect.UNKNOWN]


def test_receipts_that_cannot_be_applied_are_stored_all_the_same(sent, monkeypatch):
    fail_for(monkeypatch, sent.message_id)
    sent.is_quick = False

    sent.report("abc")

    assert (state(sent.message_id), effects()) == ("sent", [""])
    monkeypatch.undo()
    sent.apply()
    assert (state(sent.message_id), effects()) == ("delivered", [Effect.APPLIED])


def test_a_receipt_whose_message_moves_meanwhile_is_looked_at_again(sent, monkeypatch):
    """Between the look and the end somebody else ends it."""
    end = effects_module.ending.end

    def end_late(endings, **more):
        monkeypatch.setattr(effects_module.ending, "end", end)
        receipts.no_receipt(now=sent.now + timedelta(hours=80))
        return end(endings, **more)

    monkeypatch.setattr(effects_module.ending, "end", end_late)
    sent.report("abc")
    assert (state(sent.message_id), effects()) == ("no_receipt", [""])

    sent.apply()

    assert (state(sent.message_id), effects()) == ("delivered", [Effect.LATE])
