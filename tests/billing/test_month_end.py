"""Months end in the zone of each ledger, and each becomes an invoice once."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.models import Account, Project
from billing.models import Entry, Invoice, InvoiceLine, LedgerHead, Wallet
from billing.services import invoicing, month_end, topups
from tests.billing.test_invoicing import book

pytestmark = pytest.mark.django_db


def make(zone, *, name="Ledger"):
    account = Account.objects.create(name=f"{name} in {zone}", timezone=zone)
    topups.open_account(account=account)
    Wallet.objects.filter(account=account).update(balance=10**9)
    return Project.objects.create(account=account, name="main")


def closed(project):
    found = Invoice.objects.filter(account=project.account).order_by("from_seq")
    return [(one.from_date, one.until_date, one.from_seq, one.to_seq) for one in found]


def at(*numbers):
    return datetime(*numbers, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "last", "first"),
    [
        ("Asia/Shanghai", at(2026, 10, 31, 15, 59, 59), at(2026, 10, 31, 16)),
        ("Europe/Berlin", at(2026, 10, 31, 22, 59, 59), at(2026, 10, 31, 23)),
        # Summer time ends there two hours later.
        ("America/New_York", at(2026, 11, 1, 3, 59, 59), at(2026, 11, 1, 4)),
        ("Pacific/Kiritimati", at(2026, 10, 31, 9, 59, 59), at(2026, 10, 31, 10)),
    ],
)
def test_a_month_ends_at_midnight_of_the_ledgers_zone(zone, last, first):
    project = make(zone)
    book(project, now=last)
    book(project, now=first)

    month_end.close_ended(now=at(2026, 11, 2))

    assert closed(project) == [(date(2026, 10, 31), date(2026, 11, 1), 1, 1)]


@pytest.mark.parametrize(
    ("zone", "instant", "month_after"),
    [
        # Summer time began in Asunción with the first of October: its midnight was skipped.
        ("America/Asuncion", at(2023, 10, 1, 3, 59, 59), date(2023, 10, 1)),
        ("America/Asuncion", at(2023, 10, 1, 4), date(2023, 11, 1)),
    ],
)
def test_a_month_may_end_where_the_clock_jumps(zone, instant, month_after):
    project = make(zone)
    book(project, now=instant)

    month_end.close_ended(now=instant + timedelta(days=40))

    assert closed(project)[0][1] == month_after


def test_the_zone_that_pages_show_does_not_move_the_month():
    project = make("Asia/Shanghai")
    Account.objects.filter(pk=project.account_id).update(timezone="America/New_York")
    book(project, now=at(2026, 10, 31, 15, 59))
    book(project, now=at(2026, 10, 31, 16, 1))

    month_end.close_ended(now=at(2026, 11, 3))

    assert [to for *_rest, to in closed(project)] == [1]


def test_what_is_under_way_at_midnight_gets_an_hour():
    project = make("UTC")
    book(project, now=at(2026, 10, 20))

    assert month_end.close_ended(now=at(2026, 11, 1, 0, 59, 59)) == 0
    assert month_end.close_ended(now=at(2026, 11, 1, 1)) == 1


def test_months_that_were_missed_are_closed_one_by_one():
    project = make("UTC")
    for month in (3, 5):
        book(project, now=at(2026, month, 10), parts=month)

    assert month_end.close_ended(now=at(2026, 7, 2)) == 2

    assert [(until, to) for _from, until, _first, to in closed(project)] == [
        (date(2026, 4, 1), 1),
        (date(2026, 6, 1), 2),
    ]


def test_again_changes_nothing():
    project = make("UTC")
    book(project, now=at(2026, 10, 20))
    month_end.close_ended(now=at(2026, 11, 2))

    assert month_end.close_ended(now=at(2026, 11, 2)) == 0


def test_what_is_paid_back_later_is_on_the_next_one():
    project = make("UTC")
    book(project, now=at(2026, 10, 31), parts=3)
    month_end.close_ended(now=at(2026, 11, 2))
    book(project, now=at(2026, 11, 3), kind="refund", parts=3)

    month_end.close_ended(now=at(2026, 12, 2))

    nets = Invoice.objects.filter(account=project.account).order_by("number")
    assert [invoice.net_micros for invoice in nets] == [135_000, -135_000]


def test_one_that_cannot_be_closed_holds_up_no_other():
    torn, whole = make("UTC", name="Torn"), make("UTC", name="Whole")
    book(torn, now=at(2026, 10, 20))
    book(whole, now=at(2026, 10, 20))
    dollars = Wallet.objects.create(
        account=torn.account, unit="micros", currency="USD", balance=10**9
    )
    book(torn, now=at(2026, 10, 20), wallet=dollars)

    assert month_end.close_ended(now=at(2026, 11, 2)) == 1
    assert closed(torn) == []


def test_each_is_its_range_to_the_micro():
    projects = [make("UTC", name=str(n)) for n in range(3)]
    for number in range(60):
        project = projects[number % 3]
        price, parts = 1_237 * (1 + number % 5), 1 + number % 4
        book(project, now=at(2026, 10, 1 + number % 28), price=price, parts=parts)
        if number % 7 == 0:
            book(project, now=at(2026, 10, 28), kind="refund", price=price, parts=parts)
    month_end.close_ended(now=at(2026, 11, 2))

    for invoice in Invoice.objects.all():
        # In Python, entry by entry: what the database summed is not asked again.
        entries = Entry.objects.filter(account=invoice.account).order_by("seq")
        within = [one for one in entries if invoice.from_seq <= one.seq <= invoice.to_seq]
        lines = InvoiceLine.objects.filter(invoice=invoice).exclude(kind="rounding")
        assert invoice.net_micros == -sum(one.amount for one in within)
        assert invoice.net_micros == sum(line.amount for line in lines)
        assert len(within) == LedgerHead.objects.get(account=invoice.account).seq


def test_a_broken_close_leaves_no_gap(monkeypatch):
    project = make("UTC")
    book(project, now=at(2026, 10, 20))
    with monkeypatch.context() as broken:
        broken.setattr(invoicing, "_store", _break)
        with pytest.raises(RuntimeError):
            month_end.close_ended(now=at(2026, 11, 2))

    month_end.close_ended(now=at(2026, 11, 2))

    assert [invoice.number for invoice in Invoice.objects.all()] == [1]


def _break(*_args):
    raise RuntimeError("killed after the number was taken")
