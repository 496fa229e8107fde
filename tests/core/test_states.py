"""A state moves along its table, in one statement, and the rows that come back have won."""

import pytest
from django.db import DatabaseError, transaction

from accounts.models import Account, Qualification
from accounts.states import QualificationState
from messaging.models import Message
from messaging.states import MESSAGE, State
from smsplatform.core.states import Machine
from tests import factories

pytestmark = pytest.mark.django_db
TRAFFIC = Machine(first=["red"], table={"red": ["green"], "green": ["red", "off"], "off": []})


def test_a_machine_knows_its_states_sources_and_ends():
    assert TRAFFIC.states == {"red", "green", "off"}
    assert TRAFFIC.final == {"off"}
    assert TRAFFIC.sources("red") == ["green"]
    assert TRAFFIC.pairs() == {("red", "green"), ("green", "red"), ("green", "off")}


def test_rows_that_may_move_do_and_the_others_stay():
    queued = factories.MessageFactory(state=State.QUEUED)
    delivered = factories.MessageFactory(delivered=True)

    moved = Message.objects.all().advance(State.SENDING, attempts=1)

    assert moved == [queued.pk]
    delivered.refresh_from_db()
    assert (delivered.state, delivered.reason) == ("delivered", "")


def test_who_comes_second_moves_nothing():
    message = factories.MessageFactory(state=State.SENT)

    results = [Message.objects.filter(pk=message.pk).advance(State.DELIVERED) for _each in range(2)]

    assert results == [[message.pk], []]


def test_many_rows_move_in_one_statement(django_assert_num_queries):
    for _each in range(5):
        factories.QualificationFactory(state=QualificationState.IN_REVIEW)

    with django_assert_num_queries(1):
        moved = Qualification.objects.all().advance(QualificationState.APPROVED)

    assert len(moved) == 5


def test_what_is_asked_for_comes_back_instead_of_the_key():
    account = factories.AccountFactory()

    moved = Account.objects.filter(pk=account.pk).advance("suspended", returning=("name", "state"))

    assert moved == [(account.name, "suspended")]


def test_a_state_that_nothing_leads_to_moves_nothing(django_assert_num_queries):
    factories.MessageFactory()

    with django_assert_num_queries(0):
        assert Message.objects.all().advance("nowhere") == []
        assert Message.objects.none().advance(State.SENDING) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [(State.DELIVERED, State.QUEUED), (State.QUEUED, State.DELIVERED), (State.FAILED, State.SENT)],
)
def test_the_database_refuses_what_the_table_does_not_know(old, new):
    assert (old, new) not in MESSAGE.pairs()
    message = factories.MessageFactory(state=old)

    with pytest.raises(DatabaseError, match="illegal move"), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(state=new)


@pytest.mark.parametrize(
    "change", [{"price_micros": 1}, {"parts": 9}, {"number": "+1"}, {"wallet_id": -7}]
)
def test_the_database_refuses_to_change_what_was_promised(change):
    message = factories.MessageFactory()

    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(**change)


def test_the_database_refuses_a_state_that_nobody_knows():
    with pytest.raises(DatabaseError, match="known"), transaction.atomic():
        factories.MessageFactory(state="lost")
