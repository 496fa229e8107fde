"""Days are counted in the account's zone, from the messages, as often as one likes."""

from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from messaging.models import Message
from reports import tasks
from reports.models import DailyStat, HourlyStat
from reports.services import rollup
from smsplatform.core import clock, days, partitions, queue
from tests.reports import rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    """The partitions are there from the month before the present one to three ahead."""
    return datetime.now(UTC).replace(microsecond=0)


def counts(account, day):
    stats = DailyStat.objects.for_account(account).filter(date=day)
    return sorted(stats.values_list("state", "messages", "parts", "price_micros"))


def noon(now):
    return now.replace(hour=12, minute=0, second=0)


def test_a_day_is_counted_by_state_with_parts_and_price(now):
    at = noon(now)
    account = rows.account(now=at)
    rows.batch(account, now=at, count=3, parts=2, state="queued")
    rows.batch(account, now=at, count=1, state="review")

    rollup.rebuild_day(day=at.date())

    assert counts(account, at.date()) == [("queued", 3, 6, 270_000), ("review", 1, 1, 45_000)]


@pytest.mark.parametrize(
    ("state", "basis", "price"),
    [
        ("delivered", "delivered", 45_000),
        ("undelivered", "accepted", 45_000),
        ("no_receipt", "accepted", 45_000),
        ("undelivered", "delivered", 0),
        ("no_receipt", "delivered", 0),
        ("failed", "accepted", 0),
        ("cancelled", "delivered", 0),
        ("expired", "accepted", 0),
        ("rejected", "delivered", 0),
    ],
)
def test_what_was_refunded_counts_nothing(now, state, basis, price):
    account = rows.account(now=now)
    rows.message(account, now=noon(now), basis=basis, state=state)

    rollup.rebuild_day(day=now.date())

    assert counts(account, now.date()) == [(state, 1, 1, price)]


def test_a_refund_stays_when_a_late_receipt_says_delivered(now):
    account = rows.account(now=now)
    message = rows.message(account, now=noon(now), state="delivered")
    rows.refund(message, now=now)

    rollup.rebuild_day(day=now.date())

    assert counts(account, now.date()) == [("delivered", 1, 1, 0)]


def test_the_same_instant_is_another_day_in_another_zone(now):
    evening = noon(now) + timedelta(hours=10)
    shanghai = rows.account(now=now, timezone="Asia/Shanghai")
    new_york = rows.account(now=now, name="Other", timezone="America/New_York")
    rows.message(shanghai, now=evening)
    rows.message(new_york, now=evening)

    for age in (0, 1):
        rollup.rebuild_day(day=evening.date() + timedelta(days=age))

    assert [stat.date for stat in DailyStat.objects.for_account(shanghai)] == [
        evening.date() + timedelta(days=1)
    ]
    assert [stat.date for stat in DailyStat.objects.for_account(new_york)] == [evening.date()]


def test_midnight_belongs_to_the_day_it_begins(now):
    account = rows.account(now=now, timezone="UTC")
    midnight = now.replace(hour=0, minute=0, second=0)
    rows.message(account, now=midnight)
    rows.message(account, now=midnight - timedelta(milliseconds=1))

    rollup.rebuild_day(day=midnight.date())

    assert counts(account, midnight.date()) == [("queued", 1, 1, 45_000)]


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2026, 3, 29), "Europe/Berlin", 23),
        (date(2026, 10, 25), "Europe/Berlin", 25),
        (date(2026, 11, 1), "America/New_York", 25),
        # Midnight itself is skipped here.
        (date(2026, 3, 29), "Asia/Beirut", 23),
        (date(2026, 4, 5), "Australia/Lord_Howe", 24.5),
    ],
)
def test_a_day_of_changing_clocks_is_counted_once_and_whole(day, zone, hours):
    start = days.start(day, zone).astimezone(UTC)
    for table in ("messaging_message", "messaging_batch"):
        partitions.make_ahead(table=table, unit="month", now=start)
    account = rows.account(now=start, timezone=zone)
    length, moment = timedelta(hours=hours), timedelta(milliseconds=1)
    for at in (start - moment, start, start + length - moment, start + length):
        rows.message(account, now=at)

    for age in (-1, 0, 1):
        rollup.rebuild_day(day=day + timedelta(days=age))

    stats = DailyStat.objects.for_account(account).order_by("date")
    assert [stat.messages for stat in stats] == [1, 2, 1]


def test_rebuilding_again_changes_nothing(now):
    account = rows.account(now=now)
    rows.message(account, now=noon(now))

    rollup.rebuild_day(day=now.date())
    before = counts(account, now.date())
    rollup.rebuild_day(day=now.date())

    assert counts(account, now.date()) == before


def test_rebuilding_follows_what_became_of_the_messages(now):
    account = rows.account(now=now)
    message = rows.message(account, now=noon(now))
    rollup.rebuild_day(day=now.date())

    Message.objects.filter(pk=message.pk).advance("cancelled")
    rollup.rebuild_day(day=now.date())

    assert counts(account, now.date()) == [("cancelled", 1, 1, 0)]


def test_a_day_whose_messages_were_dropped_keeps_its_statistics(now):
    account = rows.account(now=now)
    DailyStat.objects.create(
        account=account,
        project=account.projects.get(),
        date=date(2020, 1, 1),
        messages=5,
        parts=5,
        price_micros=1,
    )

    with pytest.raises(rollup.NotRetained):
        rollup.rebuild_day(day=date(2020, 1, 1))
    tasks.rebuild_day(day="2020-01-01")

    assert DailyStat.objects.for_account(account).get().messages == 5


def test_the_task_counts_today_and_yesterday(now):
    account = rows.account(now=now, timezone="UTC")
    for age in range(3):
        rows.message(account, now=now - timedelta(days=age))
    clock.use(lambda: now)
    try:
        tasks.rebuild_recent_days(newer_argument=1)
    finally:
        clock.use(None)

    stats = DailyStat.objects.for_account(account).order_by("date")
    assert [stat.date for stat in stats] == [now.date() - timedelta(days=1), now.date()]


def test_the_hours_of_today_are_kept_until_the_next_count(now):
    account = rows.account(now=now, timezone="UTC")
    at = noon(now)
    early, *_ = rows.batch(account, now=at, count=2)
    rows.message(account, now=at + timedelta(hours=2))
    rows.message(account, now=at - timedelta(days=1))

    first = _hours(account, now=at)
    Message.objects.filter(pk=early.pk).advance("cancelled")
    second = _hours(account, now=at)
    next_day = _hours(account, now=at + timedelta(days=1))

    assert first == [(12, "queued", 2), (14, "queued", 1)]
    assert second == [(12, "cancelled", 1), (12, "queued", 1), (14, "queued", 1)]
    assert next_day == []


def _hours(account, *, now):
    rollup.rebuild_recent(now=now, days_back=1)
    found = HourlyStat.objects.for_account(account)
    assert all(one.counted_at == now for one in found)
    return sorted((one.hour_at.hour, one.state, one.messages) for one in found)


def test_the_schedules_name_tasks_that_exist():
    for schedule in tasks.SCHEDULES:
        queue.check(schedule.task)
    queue.check("reports.tasks.rebuild_day")


def test_corrected_days_become_one_short_task_each():
    tasks.rebuild_corrected_days()

    assert queue.waiting(queue.JOBS) == tasks.CORRECTED_FOR_DAYS - 1


def test_the_command_says_what_it_wrote(now):
    account = rows.account(now=now, timezone="UTC")
    rows.message(account, now=noon(now))
    out = StringIO()

    call_command(
        "rebuild_stats",
        f"--from={now.date()}",
        f"--until={now.date() + timedelta(days=1)}",
        stdout=out,
    )

    assert out.getvalue() == f"{now.date()}  1 rows\n"


@pytest.mark.parametrize(
    ("first", "until", "sentence"),
    [
        ("soon", "2026-12-01", "--from takes a date"),
        ("2026-12-01", "later", "--until takes a date"),
        ("2026-12-01", "2026-12-01", "must come after"),
        ("2020-12-01", "2020-12-02", "no longer all kept"),
    ],
)
def test_the_command_explains_what_it_cannot_do(now, first, until, sentence):
    rows.account(now=now)

    with pytest.raises(CommandError, match=sentence):
        call_command("rebuild_stats", f"--from={first}", f"--until={until}")
