"""Who must not be written to: refused at acceptance, cancelled and paid back at the claim."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from messaging.models import ConsentEntry, Message, Suppression
from messaging.services import acceptance, consent, suppression
from messaging.services.acceptance import Accepted
from messaging.services.suppression import NewSuppression
from smsplatform.core.errors import Invalid, NotFound
from tests import factories, world
from tests.messaging.line import Line, refunds, state, told

pytestmark = pytest.mark.django_db

NUMBER = "+8613800138000"
PRICE = world.CODE_PRICE_MICROS


@pytest.fixture
def line():
    return Line()


def suppress(line, number=NUMBER, *, of=..., source="reply", **fields):
    account_id = line.customer.account.id if of is ... else of
    row = NewSuppression(
        **{
            "number": number,
            "account_id": account_id,
            "signature_id": None,
            "message_class": "",
            "source": source,
            "created_by": "tests",
            **fields,
        }
    )
    return suppression.suppress(rows=[row], now=line.now)


def codes(outcome):
    """What each refused row was told."""
    if isinstance(outcome, Accepted):
        return [one.problem.code for one in outcome.rejected]
    assert isinstance(outcome, Invalid)
    return [one.code for one in outcome.errors]


# -- at acceptance -------------------------------------------------------------------------------


def test_a_suppressed_recipient_is_refused_and_the_others_are_sent(line):
    suppress(line)

    [outcome] = acceptance.accept([line.request("13800138000", "13800138001")])

    assert codes(outcome) == ["recipient_opted_out"]
    assert [message.number for message in outcome.messages] == ["+8613800138001"]
    assert line.spent() == PRICE


def test_a_request_of_nobody_else_is_refused_whole_and_names_the_field(line):
    suppress(line)

    [outcome] = acceptance.accept([line.request()])

    assert codes(outcome) == ["recipient_opted_out"]
    assert outcome.errors[0].field == "to[0]"
    assert not Message.objects.exists()


def refused(line, **body):
    [outcome] = acceptance.accept([line.request(**body)])
    return not isinstance(outcome, Accepted)


def test_who_refused_advertisements_still_gets_codes(line):
    world.make_template(line.customer.account, "news", message_class="marketing", body="News!",
                        variables=[])  # fmt: skip
    suppress(line, message_class="marketing")

    assert refused(line, template="news", params={})
    assert not refused(line)


def test_a_signature_is_refused_alone(line):
    other = world.make_signature(line.customer.account, "Other")
    suppress(line, signature_id=other.id)

    assert refused(line, signature="Other")
    assert not refused(line, signature="Acme")


def test_one_account_s_list_does_not_bind_another_but_the_platform_s_does(line):
    stranger = factories.AccountFactory()
    suppress(line, of=stranger.id)
    assert not refused(line)

    suppress(line, of=None)
    assert refused(line)


def test_what_ended_or_was_lifted_binds_nobody(line):
    suppress(line, expires_at=line.now + timedelta(seconds=-1))
    assert not refused(line)

    [row_id] = suppress(line, source="manual")
    assert refused(line)
    lift(line, row_id)
    assert not refused(line)


# -- at the claim --------------------------------------------------------------------------------


def test_what_is_queued_when_its_recipient_opts_out_is_cancelled_and_paid_back(line):
    gone, going = line.accept("13800138000", "13800138001")
    suppress(line)

    claims = line.claim()

    assert [one.message_id for one in claims] == [going]
    message = Message.objects.get(pk=gone)
    assert (message.state, message.reason) == ("cancelled", "recipient_opted_out")
    assert (refunds(), line.spent()) == (1, PRICE)
    assert told() == ["message.cancelled"]


def test_what_is_on_its_way_stays_there(line):
    [message_id] = line.accept()
    claims = line.submit()
    suppress(line)

    line.answer(claims)

    assert state(message_id) == "sent"
    assert refunds() == 0


def test_a_message_that_comes_back_into_the_queue_is_asked_about_again(line):
    [message_id] = line.accept()
    line.answer(line.submit(), outcome="throttled")
    suppress(line)
    line.later(seconds=30)

    assert line.claim() == []
    assert state(message_id) == "cancelled"


# -- the register --------------------------------------------------------------------------------


def lift(line, row_id, by="li@example.com"):
    return suppression.lift(
        account_id=line.customer.account.id, suppression_id=row_id, by=by, now=line.now
    )


def live():
    return list(Suppression.objects.filter(lifted_at=None).values_list("source", flat=True))


def test_to_suppress_again_changes_nothing(line):
    assert len(suppress(line, source="manual")) == 1
    assert suppress(line, source="manual") == []
    assert Suppression.objects.count() == 1


def test_twins_of_one_statement_become_the_stronger_of_them(line):
    account_id = line.customer.account.id
    rows = [
        NewSuppression(NUMBER, account_id, None, "", source, "tests", expires_at=until)
        for source, until in (
            ("manual", None),
            ("reply", line.now + timedelta(days=1)),
            ("import", None),
        )
    ]

    suppression.suppress(rows=rows, now=line.now)

    assert live() == ["reply"]


def test_what_lasts_longer_replaces_what_ends_sooner(line):
    suppress(line, source="manual", expires_at=line.now + timedelta(days=1))

    assert len(suppress(line, source="manual")) == 1

    [old, new] = Suppression.objects.order_by("expires_at")
    assert (old.lifted_by, old.lifted_at) == ("replaced", line.now)
    assert (new.expires_at, new.lifted_at) == (None, None)
    assert suppress(line, source="manual", expires_at=line.now + timedelta(days=9)) == []


def test_what_has_ended_makes_room(line):
    suppress(line, source="manual", expires_at=line.now + timedelta(days=1))
    line.later(days=2)

    assert len(suppress(line, source="manual", expires_at=line.now + timedelta(days=1))) == 1


def test_the_recipient_s_word_replaces_a_customer_s_and_never_the_other_way(line):
    suppress(line, source="manual")
    suppress(line, source="reply")
    assert live() == ["reply"]

    assert suppress(line, source="manual") == []
    assert live() == ["reply"]


def test_a_customer_s_wish_does_not_replace_a_carrier_s_that_ends(line):
    suppress(line, source="carrier", expires_at=line.now + timedelta(days=30))

    assert suppress(line, source="manual") == []
    assert live() == ["carrier"]


def test_a_customer_lifts_what_a_customer_entered(line):
    [row_id] = suppress(line, source="manual")

    first, second = lift(line, row_id), lift(line, row_id, by="somebody else")

    assert first.lifted_by == second.lifted_by == "li@example.com"


@pytest.mark.parametrize("source", ["reply", "complaint", "carrier"])
def test_a_customer_cannot_undo_what_others_said(line, source):
    [row_id] = suppress(line, source=source)

    with pytest.raises(suppression.NotLiftable):
        lift(line, row_id)

    assert live() == [source]


def test_strangers_and_platform_rows_are_not_there_for_a_customer(line):
    [foreign] = suppress(line, of=factories.AccountFactory().id, source="manual")
    [everybody] = suppress(line, of=None, source="manual")

    for row_id in (foreign, everybody):
        with pytest.raises(NotFound):
            lift(line, row_id)


def test_a_register_is_asked_one_question_whatever_its_size(line, django_assert_num_queries):
    numbers = [f"+861380000{n:04}" for n in range(1000)]

    with django_assert_num_queries(1):
        suppression.load(numbers, account_ids=[line.customer.account.id], now=line.now)
    with django_assert_num_queries(0):
        suppression.load([], account_ids=[], now=line.now)


def test_the_index_of_live_rows_answers(line):
    account_id = line.customer.account.id
    rows = [
        NewSuppression(f"+86138{n:08}", account_id, None, "", "import", "tests")
        for n in range(20_000)
    ]
    suppression.suppress(rows=rows, now=line.now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE messaging_suppression")
        cursor.execute(
            f"EXPLAIN {suppression._FIND}",
            {"numbers": [NUMBER, "+8613900139000"], "accounts": [account_id], "now": line.now},
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "suppressed_once" in plan


def test_a_signature_without_an_account_is_refused_by_the_database(line):
    with pytest.raises(IntegrityError), transaction.atomic():
        suppress(line, of=None, signature_id=line.customer.signature.id)


# -- the ledger of consents ----------------------------------------------------------------------


def agree(line, act, *, at=None, **fields):
    said = consent.NewConsent(
        line.customer.account.id, NUMBER, "marketing", act, "form", at or line.now, **fields
    )
    [row] = consent.record(entries=[said], by="tests", now=line.now)
    return row


def test_the_latest_consent_counts_not_the_latest_recorded(line):
    agree(line, "granted", at=line.now - timedelta(days=9))
    agree(line, "withdrawn", at=line.now - timedelta(days=1))
    agree(line, "granted", at=line.now - timedelta(days=2))

    account_id = line.customer.account.id
    found = consent.current_of([(account_id, NUMBER)])

    assert not found.covers(account_id, NUMBER, None)


@pytest.mark.parametrize("deed", ["update", "delete"])
def test_the_database_refuses_to_change_a_consent(line, deed):
    agree(line, "granted")
    found = ConsentEntry.objects.all()

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        found.update(act="withdrawn") if deed == "update" else found._raw_delete(found.db)
