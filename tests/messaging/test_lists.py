"""A list is as quick for what is rare as for what is common, and nobody who sends pays for it."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging import queries
from messaging.api.serializers import PUBLIC_STATES
from messaging.models import Message
from messaging.services import resolver
from messaging.services.receipts import ReceiptOutcome
from messaging.states import State
from smsplatform.core import clock, ids
from tests import factories
from tests.messaging.line import Line, names

pytestmark = pytest.mark.django_db

MANY, LOOKED_AT, LIMIT = 3000, 100, 10
NUMBER = "+8613812345678"


@pytest.fixture(autouse=True)
def _looks_at_few(monkeypatch):
    monkeypatch.setattr(queries, "MOST_LOOKED_AT", LOOKED_AT)


@pytest.fixture
def message():
    """The newest of an account that has many, all delivered, all to one number."""
    message = factories.MessageFactory(number=NUMBER, delivered=True)
    repeat(message, MANY)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE messaging_message")
    return message


def repeat(message, times, *, apart=timedelta(0)):
    """Older messages like this one, written as quickly as the database can."""
    rest = ", ".join(f.column for f in Message._meta.concrete_fields[1:])
    accepted_at = ids.instant_of(message.id) - timedelta(milliseconds=1)
    made = [ids.one(accepted_at - apart * place) for place in range(times)]
    copied = f"SELECT made, {rest} FROM messaging_message, unnest(%s::uuid[]) made WHERE id = %s"  # noqa: S608 - all ours
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO messaging_message (id, {rest}) {copied}", [sorted(made), message.id]
        )


def rows_read(**question):
    """By all statements that one page takes, where the plans say so: rows, not milliseconds."""
    with CaptureQueriesContext(connection) as asked:
        queries.page(limit=LIMIT, **question)
    with connection.cursor() as cursor:
        total = 0
        for statement in asked.captured_queries:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement['sql']}")
            total += _rows_of(cursor.fetchone()[0][0]["Plan"])
    return total


def _rows_of(plan):
    below = sum(_rows_of(child) for child in plan.get("Plans", ()))
    if "Relation Name" not in plan:
        return below
    read = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
    return below + read * plan["Actual Loops"]


@pytest.mark.parametrize("state", PUBLIC_STATES)
def test_a_page_of_one_state_reads_no_more_than_a_page_may(message, state):
    assert rows_read(account=message.account, state=state) <= 2 * LOOKED_AT + 1


@pytest.mark.parametrize("state", ["failed", "queued"])
def test_nor_does_it_where_a_number_or_a_time_is_asked_for_as_well(message, state):
    day = timedelta(days=1)
    accepted_at = ids.instant_of(message.id)

    of_number = rows_read(account=message.account, state=state, number=NUMBER)
    of_time = rows_read(
        account=message.account,
        state=state,
        accepted_from=accepted_at - day,
        accepted_until=accepted_at + day,
    )

    assert max(of_number, of_time) <= 2 * LOOKED_AT + 1


def test_few_among_many_are_found_at_once(message):
    failed = factories.MessageFactory(
        account=message.account, failed=True, accepted_at=clock.now() - timedelta(hours=1)
    )

    page = queries.page(account=message.account, state="failed")

    assert [found.id for found in page.messages] == [failed.id]
    assert (page.next_cursor, page.looked_back_to) == (None, None)
    assert rows_read(account=message.account, state="failed") == 1


@pytest.mark.parametrize("state", State.values)
def test_every_state_is_found_by_its_public_name(state):
    message = factories.MessageFactory(state=state)

    page = queries.page(
        account=message.account, state="sending" if state == State.UNCERTAIN else state
    )

    assert [found.id for found in page.messages] == [message.id]


def test_looking_further_back_finds_each_message_once_and_ends():
    now = clock.now()
    delivered = factories.MessageFactory(delivered=True, accepted_at=now)
    repeat(delivered, 2 * LOOKED_AT + 7, apart=timedelta(seconds=2))
    # The newest of all, some in the gaps, and one that is older than all.
    made = [
        factories.MessageFactory(
            account=delivered.account, accepted_at=now - timedelta(seconds=age)
        ).id
        for age in (-1, 1, 3, 2 * LOOKED_AT + 1, 5 * LOOKED_AT)
    ]

    pages = list(_pages(account=delivered.account, state="queued", limit=2))

    assert [found.id for page in pages for found in page.messages] == made
    assert [len(page.messages) for page in pages] == [2, 1, 1, 1]
    assert [page.looked_back_to is None for page in pages] == [True, False, False, True]
    assert pages[1].looked_back_to == ids.instant_of(pages[1].next_cursor)


def _pages(**question):
    cursor = None
    for _page in range(10):
        page = queries.page(cursor=cursor, **question)
        yield page
        cursor = page.next_cursor
        if cursor is None:
            return
    raise AssertionError("the list does not end")


def test_a_look_that_ends_with_the_list_leads_nowhere():
    delivered = factories.MessageFactory(delivered=True)
    repeat(delivered, LOOKED_AT - 1)

    page = queries.page(account=delivered.account, state="queued")

    assert (page.messages, page.next_cursor, page.looked_back_to) == ([], None, None)


def test_moving_along_the_common_way_touches_no_index():
    line, before = Line(), _updates()
    line.accept("13800138000", "13800138001", "13800138002")

    claims = line.send()
    line.report(*[name for claim in claims for name in names(claim)])

    assert set(Message.objects.values_list("state", flat=True)) == {State.DELIVERED}
    assert _updates() - before == {"all": 9}


def test_a_rare_end_is_the_only_move_that_does():
    line, before = Line(), _updates()
    line.accept()

    [claim] = line.send()
    line.report(*names(claim), outcome=ReceiptOutcome.UNDELIVERED)

    assert _updates() - before == {"all": 3, "with new entries in every index": 1}


def test_what_is_scheduled_is_listed_so_until_its_time():
    line = Line()
    account, send_at = line.customer.account, clock.now() + timedelta(hours=1)
    ids_made = line.accept(send_at=send_at.isoformat())

    before = _listed(account)
    resolver.release_scheduled(now=send_at)

    assert (before, _listed(account)) == ({"scheduled": ids_made}, {"queued": ids_made})


def _listed(account):
    pages = {state: queries.page(account=account, state=state) for state in PUBLIC_STATES}
    return {
        state: [one.id for one in page.messages] for state, page in pages.items() if page.messages
    }


def _updates():
    """Of messages, so far. One that found no room on its row's page tells nothing of indexes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(n_tup_upd)::int, sum(n_tup_upd - n_tup_hot_upd - n_tup_newpage_upd)::int"
            " FROM pg_stat_xact_user_tables"
            " WHERE relid IN (SELECT inhrelid FROM pg_inherits"
            " WHERE inhparent = 'messaging_message'::regclass)"
        )
        every, indexed = cursor.fetchone()
    return Counter({"all": every, "with new entries in every index": indexed})
