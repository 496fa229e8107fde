"""The list of messages and one message's life, as portal and API ask for them."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from messaging import queries
from messaging.states import State
from smsplatform.core import clock
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return factories.AccountFactory()


def test_the_list_is_newest_first_and_follows_its_cursor_to_the_end(account):
    now = clock.now()
    made = [
        factories.MessageFactory(account=account, accepted_at=now - timedelta(seconds=age)).id
        for age in range(5)
    ]

    first = queries.page(account=account, limit=3)
    second = queries.page(account=account, limit=3, cursor=first.next_cursor)

    assert [message.id for message in first.messages + second.messages] == made
    assert second.next_cursor is None


def test_the_list_is_one_query_even_for_a_batch(account, django_assert_num_queries):
    batch = factories.BatchFactory(account=account)
    mine = factories.MessageFactory(account=account, batch=batch, accepted_at=batch.accepted_at)
    factories.MessageFactory(account=account, accepted_at=batch.accepted_at)

    with django_assert_num_queries(1):
        page = queries.page(account=account, batch_id=batch.id)

    assert [message.id for message in page.messages] == [mine.id]


def test_the_list_shows_nothing_of_another_account(account):
    theirs = factories.MessageFactory()

    assert queries.page(account=account).messages == []
    assert queries.page(account=account, batch_id=theirs.batch_id).messages == []
    assert queries.life(account=account, message_id=theirs.id) is None


def test_sending_includes_what_is_uncertain(account):
    factories.MessageFactory(account=account)
    for trait in ("sending", "uncertain"):
        factories.MessageFactory(account=account, **{trait: True})

    page = queries.page(account=account, state="sending")

    assert {message.state for message in page.messages} == {State.SENDING, State.UNCERTAIN}


def test_the_list_is_cut_by_number_and_time(account):
    now = clock.now()
    old = factories.MessageFactory(account=account, accepted_at=now - timedelta(hours=2))
    new = factories.MessageFactory(account=account, accepted_at=now)

    since = queries.page(account=account, accepted_from=now - timedelta(hours=1))
    before = queries.page(account=account, accepted_until=now - timedelta(hours=1))
    by_number = queries.page(account=account, number=old.number)

    assert [m.id for m in since.messages] == [new.id]
    assert [m.id for m in before.messages] == [old.id]
    assert [m.id for m in by_number.messages] == [old.id]


@pytest.fixture
def told(account):
    """A refunded message with everything that can be said of it."""
    wallet = factories.WalletFactory(account=account)
    message = factories.MessageFactory(account=account, wallet=wallet, undelivered=True)
    factories.WebhookDeliveryFactory(message=message, delivered=True)
    factories.EventFactory(account=account, message=message)
    refund = factories.EntryFactory(wallet=wallet, reference=f"message:{message.id}")
    return SimpleNamespace(message=message, refund=refund)


def test_what_became_of_a_message_is_three_queries(account, told, django_assert_num_queries):
    with django_assert_num_queries(3):
        fate = queries.fate(account=account, message_id=told.message.id)

    assert "482913" in fate.text
    assert len(fate.attempts) == 1
    assert queries.fate(account=factories.AccountFactory(), message_id=told.message.id) is None


def test_a_life_gathers_everything_in_a_fixed_number_of_queries(
    account, told, django_assert_num_queries
):
    with django_assert_num_queries(9):
        life = queries.life(account=account, message_id=told.message.id)

    assert "482913" in life.text
    assert life.refund == told.refund
    counts = [len(rows) for rows in (life.attempts, life.parts, life.receipts)]
    assert counts + [len(life.deliveries), len(life.events)] == [1, 1, 1, 1, 1]


def test_an_unknown_outcome_says_when_it_will_be_decided(account):
    message = factories.MessageFactory(account=account, uncertain=True)

    life = queries.life(account=account, message_id=message.id)

    assert life.decide_at == life.attempts[0].decide_at is not None


def test_a_life_shows_its_receipts_however_late_they_came_and_nobody_elses(account):
    now = clock.now()
    message = factories.MessageFactory(
        account=account, delivered=True, accepted_at=now - timedelta(hours=20)
    )
    factories.ReceiptFactory(message=message, received_at=now, effect="repeated")
    factories.MessageFactory(account=account, delivered=True)

    life = queries.life(account=account, message_id=message.id)

    assert [receipt.effect for receipt in life.receipts] == ["applied", "repeated"]
