"""Money by bank: confirmed, found by its reference in a statement, or left on the desk."""

from io import BytesIO

import pytest

from billing.models import BankLine, Entry
from billing.services import transfers
from billing.services.transfers import Received
from smsplatform.core.errors import Invalid
from tests import factories
from tests.billing.paying import NOW, place, state_of

pytestmark = pytest.mark.django_db

HEADER = "date,amount,currency,payer,text,key\n"


@pytest.fixture
def order():
    return place(factories.AccountFactory(currency="CNY"))


@pytest.fixture
def clerk():
    return factories.UserFactory(is_staff=True)


def read(text, clerk, header=HEADER):
    file = BytesIO((header + text).encode())
    return transfers.import_statement(file=file, name="may.csv", by=clerk, now=NOW)


def confirm(order, clerk, key="bank-1", amount=200_000_000, currency="CNY"):
    received = Received(key, amount, currency)
    transfers.confirm(order=order, received=received, by=clerk, now=NOW)


def test_a_confirmed_transfer_is_credited_once(order, clerk):
    confirm(order, clerk)

    with pytest.raises(transfers.AlreadyPaid):
        confirm(order, clerk, key="bank-2")
    assert (state_of(order), Entry.objects.get().amount) == ("paid", 200_000_000)


@pytest.mark.parametrize("said", [{"amount": 199_000_000}, {"currency": "USD"}])
def test_another_amount_is_not_confirmed(order, clerk, said):
    with pytest.raises(transfers.NotAsOrdered):
        confirm(order, clerk, **said)
    assert state_of(order) == "open"


def test_one_line_of_the_bank_pays_one_order(order, clerk):
    other = place(order.account)
    confirm(order, clerk)

    with pytest.raises(transfers.BankKeyUsed):
        confirm(other, clerk)
    assert state_of(other) == "open"


def test_a_statement_pays_by_the_reference_however_it_is_written(order, clerk):
    broken = f"{order.reference[:5]} {order.reference[5:]}".lower()

    told = read(f"2026-05-01,200.00,CNY,Acme,Order {broken} thanks,b1\n", clerk)

    assert (told.new, told.matched, state_of(order)) == (1, 1, "paid")


def test_a_statement_that_is_read_twice_adds_nothing(order, clerk):
    text = f"2026-05-01,200.00,CNY,Acme,{order.reference},\n"
    read(text, clerk)

    told = read(text, clerk)

    assert (told.new, told.known, Entry.objects.count()) == (0, 1, 1)


def test_two_like_payments_of_one_day_are_two_lines(clerk):
    line = "2026-05-01,5.00,CNY,Acme,rent,\n"

    assert read(line * 2, clerk).new == 2
    assert read(line * 2, clerk).new == 0


@pytest.mark.parametrize(
    ("amount", "reference"), [("199.00", None), ("200.00", "SMSZZZZZZZZZ"), ("200.00", "nothing")]
)
def test_what_does_not_fit_stays_on_the_desk(order, clerk, amount, reference):
    read(f"2026-05-01,{amount},CNY,Acme,{reference or order.reference},b1\n", clerk)

    assert BankLine.objects.get().state == "unmatched"
    assert state_of(order) == "open"


def test_money_that_went_out_is_left_out(clerk):
    assert read("2026-05-01,-5.00,CNY,Bank,fee,b1\n", clerk).new == 0


@pytest.mark.parametrize(
    "line",
    [
        "01.05.2026,5.00,CNY,Acme,text,b1",
        "2026-05-01,five,CNY,Acme,text,b1",
        "2026-05-01,5.00,yuan,Acme,text,b1",
        "2026-05-01,NaN,CNY,Acme,text,b1",
        "2026-05-01,0.0000001,CNY,Acme,text,b1",
        "2026-05-01",
        "2026-05-01,200,CNY,Acme,text," + "k" * 81,
        '2026-05-01,"5,00",CNY,Acme,text,b1',
        "2026-05-01,6.00,CNY,Acme,text,b0",
    ],
)
def test_one_bad_line_and_nothing_is_read(clerk, line):
    with pytest.raises(Invalid):
        read(f"2026-05-01,5.00,CNY,Acme,good,b0\n{line}\n", clerk)

    assert not BankLine.objects.exists()


def test_a_statement_without_its_columns_is_refused(clerk):
    with pytest.raises(Invalid):
        read("2026-05-01,5.00\n", clerk, header="date,amount\n")


def test_a_line_may_be_without_a_purpose(clerk):
    assert read("2026-05-01,5.00,CNY,Acme\n", clerk, "date,amount,currency,payer,text\n").new == 1


def test_thousands_may_be_parted(clerk):
    read('2026-05-01,"1,234.50",CNY,Acme,rent,b1\n', clerk)

    assert BankLine.objects.get().amount_micros == 1_234_500_000


def test_what_was_confirmed_by_the_bank_s_key_is_matched_by_its_line(order, clerk):
    confirm(order, clerk, key="b1")

    told = read(f"2026-05-01,200.00,CNY,Acme,{order.reference},b1\n", clerk)

    assert (told.matched, BankLine.objects.get().state) == (1, "matched")
    assert Entry.objects.count() == 1


def test_an_order_of_a_payment_page_is_not_paid_by_bank(clerk):
    order = factories.OrderFactory(method="stripe", checkout_key="cs_1")

    with pytest.raises(transfers.PaidOtherwise):
        confirm(order, clerk)
    assert state_of(order) == "open"


def test_a_line_is_given_to_its_order_by_hand(order, clerk):
    read("2026-05-01,200.00,CNY,Acme,no reference,b1\n", clerk)
    line = BankLine.objects.get()

    transfers.match(line=line, order=order, by=clerk, now=NOW)

    assert state_of(order) == "paid"
    with pytest.raises(transfers.LineDone):
        transfers.dismiss(line=line, note="rent", by=clerk, now=NOW)


def test_a_line_of_another_amount_is_not_given_away(order, clerk):
    read("2026-05-01,5.00,CNY,Acme,no reference,b1\n", clerk)

    with pytest.raises(transfers.NotAsOrdered):
        transfers.match(line=BankLine.objects.get(), order=order, by=clerk, now=NOW)
    assert BankLine.objects.get().state == "unmatched"
