"""The home page: balance, today, a chart, the latest messages."""

from datetime import date, datetime, timedelta

import pytest

from messaging.states import State
from reports import queries
from reports.portal import charts
from reports.queries import Outcome
from reports.services import rollup
from smsplatform.core import clock, days, partitions
from tests import factories
from tests.portal import hold_clock, sign_in
from tests.reports import rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(client):
    return sign_in(client)


def test_home_shows_money_and_packages(client, account):
    factories.WalletFactory(account=account, balance=12_846_315_000)
    factories.WalletFactory(account=account, parts=True)

    text = client.get("/").text

    assert "CN¥12,846.315" in text
    assert "8,200 parts" in text


def test_money_is_written_as_the_reader_writes_it(client, account):
    factories.WalletFactory(account=account, balance=12_846_000_000)

    assert "¥12,846.00" in client.get("/", headers={"Accept-Language": "zh-CN"}).text


def test_a_package_that_is_used_up_or_expired_is_not_shown(account):
    factories.WalletFactory(account=account, parts=True, balance=0)
    factories.WalletFactory(account=account, parts=True, expires_at=clock.now() - timedelta(days=1))

    assert queries.wallets(account=account, now=clock.now()) == []


def test_a_new_account_is_shown_how_to_send_its_first_message(client, account):
    template = factories.TemplateFactory(account=account)

    text = client.get("/").text

    assert "curl http://testserver/api/v1/messages" in text
    assert template.code in text


def test_today_counts_messages_by_state_and_hour_and_by_nobody_else(account):
    now = clock.now()
    factories.MessageFactory(account=account, delivered=True)
    factories.MessageFactory(account=account, uncertain=True)
    factories.MessageFactory(delivered=True)
    yesterday = days.start(queries.today(account=account, now=now).date, account.timezone)
    factories.MessageFactory(account=account, accepted_at=yesterday - timedelta(minutes=1))

    today = queries.today(account=account, now=now)

    assert today.states == {State.SENDING: 1, State.DELIVERED: 1}
    assert today.delivered_percent == 100
    assert sum(hour.total for hour in today.hours) == 2


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [("Asia/Shanghai", "2026-03-29", 24), ("Europe/Berlin", "2026-03-29", 23)],
)
def test_a_day_has_as_many_hours_as_its_zone_says(zone, day, hours):
    account = factories.AccountFactory(timezone=zone)
    noon = days.start(date.fromisoformat(day), zone) + timedelta(hours=12)

    assert len(queries.today(account=account, now=noon).hours) == hours


def test_today_is_as_counted_last_where_there_is_too_much_to_count(client, account, monkeypatch):
    monkeypatch.setattr(queries, "MOST_COUNTED", 2)
    now = clock.now()
    for _ in range(3):
        factories.MessageFactory(account=account, delivered=True, accepted_at=now)

    uncounted = queries.today(account=account, now=now)
    rollup.rebuild_recent(now=now, days_back=0)
    factories.MessageFactory(account=account, failed=True, accepted_at=now)
    counted = queries.today(account=account, now=now)

    assert (uncounted.states, uncounted.counted_at) == ({State.DELIVERED: 3}, None)
    assert (counted.states, counted.counted_at) == ({State.DELIVERED: 3}, now)
    assert counted.hours == uncounted.hours
    assert "As counted on <time" in client.get("/").text


def test_an_hour_that_comes_twice_is_two_hours(monkeypatch):
    monkeypatch.setattr(queries, "MOST_COUNTED", 1)
    midnight = days.start(date(2026, 10, 25), "Europe/Berlin")
    now = days.end(date(2026, 10, 25), "Europe/Berlin") - timedelta(hours=1)
    first, again = (
        datetime(2026, 10, 25, 2, 30, tzinfo=midnight.tzinfo, fold=fold) for fold in (0, 1)
    )
    for table in ("messaging_message", "messaging_batch"):
        partitions.make_ahead(table=table, unit="month", now=midnight)
    account = rows.account(now=midnight, timezone="Europe/Berlin")
    for at in (first, again, again):
        rows.message(account, now=at)

    rollup.rebuild_recent(now=now, days_back=0)

    today = queries.today(account=account, now=now)
    assert today.counted_at == now
    assert [hour.total for hour in today.hours[:5]] == [0, 0, 1, 2, 0]


def test_the_days_end_with_today_as_it_is(account):
    now = clock.now()
    today = queries.today(account=account, now=now)
    yesterday = today.date - timedelta(days=1)
    factories.DailyStatFactory(account=account, date=yesterday, state=State.FAILED, messages=7)
    factories.MessageFactory(account=account, delivered=True)

    buckets = queries.recent_days(account=account, until=queries.today(account=account, now=now))

    assert len(buckets) == queries.CHART_DAYS
    assert buckets[-2].outcomes == {Outcome.LOST: 7}
    assert buckets[-1].outcomes == {Outcome.DELIVERED: 1}


def test_a_bar_is_as_high_as_its_number_and_stacks_without_gaps():
    bucket = queries.Bucket(clock.now(), {Outcome.DELIVERED: 60, Outcome.LOST: 40})

    chart = charts.draw([bucket], shape="wide", width=100, most_labels=1)

    delivered, lost = chart.bars[0].segments
    assert chart.lines[-1].value == 100
    assert lost.y + lost.height == pytest.approx(delivered.y, abs=0.2)
    assert delivered.y + delivered.height == pytest.approx(chart.floor, abs=0.2)


@pytest.mark.parametrize(("most", "top"), [(0, 4), (5, 6), (7, 8), (101, 200), (999, 1000)])
def test_the_axis_ends_at_a_round_number(most, top):
    chart = charts.draw(
        [queries.Bucket(clock.now(), {Outcome.DELIVERED: most})],
        shape="wide",
        width=100,
        most_labels=1,
    )

    assert chart.lines[-1].value == top


def test_the_chart_has_a_table_of_the_same_numbers(client, account):
    factories.MessageFactory(account=account, delivered=True)

    assert "<svg class=" in client.get("/").text
    assert '<th scope="row">00:00</th>' in client.get("/?view=table").text


def test_home_refreshes_only_what_lives(client, account):
    part = client.get("/?span=days", headers={"HX-Request": "true"})

    assert part.text.lstrip().startswith('<div id="live"')
    assert 'hx-get="/?span=days"' in part.text
    assert "no-store" in part.headers["Cache-Control"]


@pytest.mark.parametrize(("path", "queries_wanted"), [("/", 6), ("/?span=days", 7)])
def test_home_needs_a_fixed_number_of_queries(
    client, account, path, queries_wanted, monkeypatch, django_assert_num_queries
):
    hold_clock(monkeypatch)
    for _ in range(3):
        factories.MessageFactory(account=account, delivered=True)

    # session, user, memberships, today, wallets, latest; and the days
    with django_assert_num_queries(queries_wanted):
        client.get(path)


def test_nothing_in_a_page_is_styled_or_run_inline(client, account):
    factories.MessageFactory(account=account, delivered=True)

    text = client.get("/").text

    assert ' style="' not in text
    assert "<style" not in text
    assert "<script>" not in text
