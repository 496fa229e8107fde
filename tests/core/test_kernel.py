"""The clock, the vault, what is remembered, errors, partitions, the queue's names."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from django.db import connection, transaction
from django.test import override_settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from smsplatform.core import address, clock, errors, language, partitions, queue, remember, vault
from smsplatform.core.errors import DomainError, Problem

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def _own_clock():
    yield
    clock.use(None)


@pytest.mark.django_db
def test_now_is_the_database_s_time():
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        theirs = cursor.fetchone()[0]

    clock.measure()

    assert abs(clock.now() - theirs) < timedelta(seconds=1)
    assert clock.now().tzinfo is UTC


@pytest.mark.django_db
def test_the_database_is_asked_once_a_minute(django_assert_num_queries):
    clock.measure()

    with django_assert_num_queries(0):
        first, second = clock.now(), clock.now()

    assert first <= second


@pytest.mark.django_db
@pytest.mark.parametrize("place", ["the question", "the answer"])
def test_a_slow_answer_moves_no_clock(place):
    def slow(execute, *asked):
        if place == "the question":
            time.sleep(0.4)
        answer = execute(*asked)
        if place == "the answer":
            time.sleep(0.4)
        return answer

    clock.measure()
    before = clock.reading().timestamp() - time.monotonic()
    with connection.execute_wrapper(slow):
        clock.measure()

    assert abs(clock.reading().timestamp() - time.monotonic() - before) < 0.05


@pytest.mark.usefixtures("_own_clock")
def test_a_simulation_hands_in_its_own_time():
    clock.use(lambda: NOW)

    assert clock.now() == clock.reading() == NOW


@pytest.fixture
def keys():
    yield [Fernet.generate_key().decode() for _each in range(2)]
    vault._box.cache_clear()
    vault.unseal.cache_clear()


def _with_keys(*keys):
    vault._box.cache_clear()
    vault.unseal.cache_clear()
    return override_settings(FIELD_KEYS=list(keys))


def test_a_secret_is_sealed_and_unsealed(keys):
    with _with_keys(keys[0]):
        sealed = vault.seal("pass 密码")

        assert "pass" not in sealed
        assert vault.unseal(sealed) == "pass 密码"


def test_a_key_rotates_without_losing_what_it_sealed(keys):
    old, new = keys
    with _with_keys(old):
        before = vault.seal("secret")
    with _with_keys(new, old):
        assert vault.unseal(before) == "secret"
        after = vault.seal("secret")
    with _with_keys(new):
        assert vault.unseal(after) == "secret"
        with pytest.raises(vault.Unreadable):
            vault.unseal(before)


def test_an_answer_is_remembered_for_a_second_and_can_be_forgotten():
    asked = []

    @remember.for_a_second
    def ask(what):
        asked.append(what)
        return len(asked)

    assert [ask("a"), ask("a"), ask("b")] == [1, 1, 2]
    assert ask.is_fresh("a")
    remember.forget()
    assert not ask.is_fresh("a")
    assert ask("a") == 3
    time.sleep(remember.SECONDS)
    assert ask("a") == 4


def test_a_flood_of_questions_does_not_fill_the_memory():
    ask = remember.for_a_second(lambda what: what)

    for n in range(remember.MOST_ANSWERS + 5):
        ask(n)

    assert len(ask._memory) <= remember.MOST_ANSWERS


class Refused(DomainError):
    code = "refused"
    status = 409
    message = _("At most {most} at once.")


def test_a_refusal_is_told_with_its_facts_and_its_field():
    told = errors.as_problem(Refused(field="to", most=3), request_id="r")

    assert told == {
        "type": "about:blank",
        "status": 409,
        "code": "refused",
        "message": "At most 3 at once.",
        "errors": [{"field": "to", "code": "refused", "message": "At most 3 at once."}],
        "request_id": "r",
    }
    assert json.dumps(told)


def test_a_sentence_is_read_in_the_language_of_who_reads():
    refusal = errors.NotFound()
    with translation.override("en"):
        english = refusal.sentence()
    with translation.override("zh-hans"):
        assert refusal.sentence() != english


def test_a_fact_with_braces_is_no_format():
    problem = Problem("c", "There is no {name}.", facts={"name": "{0.__class__}"})

    assert problem.sentence() == "There is no {0.__class__}."


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9", "zh-hans"),
        ("zh", "zh-hans"),
        ("fr-FR, en;q=0.5", "en"),
        ("fr", "en"),
        ("*", "en"),
        ("de, zh-CN;q=0.1, *;q=0.5", "en"),
        ("x" * 5000, "en"),
        ("zh-CN;q=nonsense, \0", "en"),
    ],
)
def test_the_language_of_a_header(header, expected):
    assert language.of_header(header) == expected


@pytest.mark.parametrize(
    ("is_behind", "header", "expected"),
    [
        (False, "1.2.3.4", "9.9.9.9"),
        (True, "1.2.3.4", "1.2.3.4"),
        (True, "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (True, "", "9.9.9.9"),
    ],
)
def test_only_our_own_proxy_is_believed(is_behind, header, expected):
    with override_settings(BEHIND_PROXY=is_behind):
        assert address.of_caller(peer="9.9.9.9", forwarded_for=header) == expected


def _made(table):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass",
            [table],
        )
        return {row[0] for row in cursor.fetchall()}


@pytest.mark.django_db
def test_months_are_made_far_ahead_and_once():
    later = datetime(2040, 11, 20, tzinfo=UTC)
    before = _made("messaging_message")

    counts = [
        partitions.make_ahead(table="messaging_message", unit="month", now=later)
        for _again in range(2)
    ]

    assert counts == [5, 0]
    assert _made("messaging_message") - before == {
        f"messaging_message_{month}" for month in (204010, 204011, 204012, 204101, 204102)
    }


@pytest.mark.django_db
def test_a_new_partition_leaves_the_room_that_its_siblings_leave():
    partitions.make_ahead(
        table="messaging_message", unit="month", now=datetime(2041, 3, 1, tzinfo=UTC)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, reloptions FROM pg_class WHERE relname = ANY(%s)",
            [["messaging_message_204103"]],
        )
        assert cursor.fetchall() == [("messaging_message_204103", ["fillfactor=50"])]


@pytest.mark.django_db
def test_days_are_made_ahead_over_the_end_of_a_month():
    before = _made("messaging_messagetext")

    partitions.make_ahead(
        table="messaging_messagetext", unit="day", now=datetime(2040, 2, 28, 23, 59, tzinfo=UTC)
    )

    made = _made("messaging_messagetext") - before
    assert len(made) == partitions.DAYS_AHEAD + 2
    assert {"messaging_messagetext_20400227", "messaging_messagetext_20400229"} <= made


@pytest.mark.django_db
def test_there_is_room_for_what_is_accepted_three_months_from_now():
    later = clock.now() + timedelta(days=85)
    with connection.cursor() as cursor:
        for table, instant in (
            ("messaging_message", later),
            ("messaging_messagetext", clock.now() + timedelta(days=30)),
        ):
            cursor.execute("SELECT to_regclass(%s)", [_partition(table, instant)])
            assert cursor.fetchone()[0] is not None


def _partition(table, instant):
    name = f"{instant:%Y%m%d}" if table.endswith("text") else f"{instant:%Y%m}"
    return f"{table}_{name}"


@pytest.mark.parametrize("name", sorted(queue._SWALLOWED))
def test_an_argument_that_the_library_swallows_is_refused(name):
    with pytest.raises(ValueError, match="swallows"):
        queue.enqueue("smsplatform.core.tasks.make_partitions", **{name: 1})


def test_a_task_that_is_not_there_is_refused():
    with pytest.raises(ImportError):
        queue.check("smsplatform.core.tasks.nothing")


def test_a_task_that_would_choke_on_a_newer_caller_is_refused():
    with pytest.raises(TypeError, match="must end in"):
        queue.check("smsplatform.core.clock.measure")


@pytest.mark.django_db
def test_a_task_is_enqueued_if_and_only_if_the_transaction_commits():
    task = "smsplatform.core.tasks.make_partitions"
    before = queue.waiting(queue.JOBS)

    with transaction.atomic():
        queue.enqueue(task)
        assert queue.waiting(queue.JOBS) == before + 1
        transaction.set_rollback(True)

    assert queue.waiting(queue.JOBS) == before
