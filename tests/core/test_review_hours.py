"""A promise in working hours: nights, weekends and holidays do not count."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smsplatform.core.review.hours import Calendar, Span, add_working, add_working_days

ZONE = "Asia/Shanghai"
DAY = Span(time(9), time(18))
WEEK = dict.fromkeys(range(5), DAY)
# In 2026 the holiday of May takes Friday to Tuesday, and Saturday the 9th is worked instead.
MAY = {date(2026, 5, day): None for day in range(1, 6)} | {date(2026, 5, 9): DAY}
CALENDAR = Calendar(ZONE, WEEK, MAY)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE))


@pytest.mark.parametrize(
    ("now", "hours", "due"),
    [
        ("2026-11-23 09:00", 8, "2026-11-23 17:00"),
        ("2026-11-23 09:00", 9, "2026-11-23 18:00"),
        ("2026-11-23 17:00", 2, "2026-11-24 10:00"),
        ("2026-11-23 03:00", 1, "2026-11-23 10:00"),
        ("2026-11-23 23:30", 1, "2026-11-24 10:00"),
        ("2026-11-27 17:00", 2, "2026-11-30 10:00"),
        ("2026-11-28 12:00", 0.5, "2026-11-30 09:30"),
        ("2026-04-30 17:00", 2, "2026-05-06 10:00"),
        ("2026-05-08 17:30", 1, "2026-05-09 09:30"),
        ("2026-11-23 09:00", 45, "2026-11-27 18:00"),
    ],
)
def test_hours_pass_only_while_people_work(now, hours, due):
    assert add_working(at(now), hours, CALENDAR) == at(due)


def test_a_calendar_without_hours_promises_by_the_plain_clock():
    assert add_working(at("2026-11-23 09:00"), 5, Calendar(ZONE, {})) == at("2026-11-23 14:00")


def test_summer_time_takes_an_hour_from_the_night_and_none_from_the_work():
    # Germany, the night to 29 March 2026.
    zone = ZoneInfo("Europe/Berlin")
    calendar = Calendar("Europe/Berlin", dict.fromkeys(range(7), Span(time(0), time(23))))

    due = add_working(datetime(2026, 3, 28, 23, tzinfo=zone), 22, calendar)

    assert due == datetime(2026, 3, 29, 23, tzinfo=zone)


# Minutes of 2026.
minutes = st.integers(0, 525_000)


# A busy machine says nothing about the calendar.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(minute=minutes, hours=st.integers(1, 100), more=st.integers(1, 50))
def test_more_hours_are_never_due_earlier_and_never_outside_of_work(minute, hours, more):
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    first, second = (add_working(now, value, CALENDAR) for value in (hours, hours + more))

    assert now < first < second
    local = first.astimezone(ZoneInfo(ZONE))
    opens, closes = CALENDAR.on(local.date())
    assert opens < first <= closes
    assert add_working(first, more, CALENDAR) == second


@pytest.mark.parametrize(
    ("now", "days", "due"),
    [
        # A Monday before and after work, and the Friday before.
        ("2026-11-23 03:00", 1, "2026-11-24 18:00"),
        ("2026-11-23 23:00", 5, "2026-11-30 18:00"),
        ("2026-11-20 10:00", 1, "2026-11-23 18:00"),
    ],
)
def test_working_days_end_with_the_work_and_begin_after_today(now, days, due):
    week = dict.fromkeys(range(5), Span(time(9), time(18)))

    assert add_working_days(at(now), days, Calendar(ZONE, week)) == at(due)


def test_days_off_are_no_working_days():
    week = dict.fromkeys(range(5), Span(time(9), time(18)))
    off = {date(2026, 11, 24): None, date(2026, 11, 25): None}

    found = add_working_days(at("2026-11-23 10:00"), 1, Calendar(ZONE, week, off))

    assert found == at("2026-11-26 18:00")


def test_a_calendar_without_working_days_promises_by_plain_days():
    found = add_working_days(at("2026-11-23 10:00"), 3, Calendar(ZONE, {}))

    assert found == at("2026-11-26 10:00")
