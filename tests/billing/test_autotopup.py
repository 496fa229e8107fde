"""A saved card pays when the balance has fallen, and never because something went wrong."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from billing import tasks
from billing.models import AutoTopup, Entry, Order, Wallet
from billing.services import autotopup, cards, ledger, notices, reconciling, topups
from billing.services.autotopup import Wanted
from billing.simulator.events import Script
from smsplatform.core import clock, money
from smsplatform.core.errors import Invalid
from tests import factories
from tests.billing.paying import signed, state_of
from tests.billing.test_stripe import _keys, stripe  # noqa: F401 - fixtures
from tests.portal import sign_in

pytestmark = pytest.mark.django_db

NOW = clock.now
WANTED = Wanted(20_000_000, 100_000_000, 300_000_000)


@pytest.fixture(autouse=True)
def _offer(stripe):  # noqa: F811
    stripe.far_end.postman.script = Script()
    return factories.OfferFactory()


@pytest.fixture
def account():
    account = factories.AccountFactory(currency="CNY")
    topups.credit(
        account=account,
        amount_micros=30_000_000,
        reference=f"topup:{uuid4()}",
        actor="tests",
        now=clock.now(),
    )
    return account


@pytest.fixture
def plan(account, stripe):  # noqa: F811
    """Agreed to; the balance is 30.00, and 20.00 the line."""
    save_card(account, stripe)
    autotopup.agree(account=account, wanted=WANTED, by=factories.UserFactory(), now=clock.now())
    return AutoTopup.objects.get()


def save_card(account, stripe):  # noqa: F811
    address = cards.save(account=account, back_url="http://shop.example/")
    session = stripe.shop.get(address.rsplit("/", 1)[-1], "checkout.session")
    stripe.far_end.cards.give(session)
    cards.adopt(checkout_key=session["id"])
    return session


def use(account, micros):
    with transaction.atomic():
        books = ledger.open_books([account.pk])
        wallet = Wallet.objects.get(account=account)
        reference = f"batch:{uuid4()}"
        spent = ledger.Movement(
            kind="charge", wallet_id=wallet.pk, amount=-micros, reference=reference
        )
        books.append(spent, now=clock.now())
        books.close()


def balance(account):
    return Wallet.objects.get(account=account).balance


def charges(stripe):  # noqa: F811
    return stripe.shop.listed("payment_intent", {"limit": 100})["data"]


def run(now=None):
    autotopup.run_due(now=now or clock.now())


def test_a_balance_below_the_line_is_topped_up_once(plan, account, stripe):  # noqa: F811
    use(account, 15_000_000)

    run()
    run()

    assert balance(account) == 115_000_000
    assert [one["amount"] for one in charges(stripe)] == [10_000]
    order = Order.objects.get()
    assert (order.state, order.is_automatic, order.paid_with) == ("paid", True, "card")


def test_a_balance_above_the_line_is_left_alone(plan, account, stripe):  # noqa: F811
    run()

    assert not charges(stripe)


@pytest.mark.parametrize("read", [0, -1, 5_000_000])
def test_a_balance_that_the_ledger_does_not_confirm_charges_nobody(plan, stripe, read):  # noqa: F811
    Wallet.objects.update(balance=read)

    run()

    assert not charges(stripe)
    assert not Order.objects.exists()


def test_nothing_was_ever_booked_and_nobody_is_charged(stripe):  # noqa: F811
    account = factories.AccountFactory(currency="CNY")
    topups.open_account(account=account)
    save_card(account, stripe)
    autotopup.agree(account=account, wanted=WANTED, by=factories.UserFactory(), now=clock.now())

    run()

    assert not charges(stripe)


def test_a_ledger_that_cannot_be_read_charges_nobody(plan, account, stripe, monkeypatch):  # noqa: F811
    use(account, 15_000_000)

    def broken(*_args, **_kwargs):
        raise IntegrityError

    monkeypatch.setattr(autotopup.ledger, "open_books", broken)
    with pytest.raises(IntegrityError):
        run()

    assert not charges(stripe)


def test_an_order_that_cannot_be_written_charges_nobody(plan, account, stripe, monkeypatch):  # noqa: F811
    use(account, 15_000_000)

    def read_only(**_fields):
        raise IntegrityError

    monkeypatch.setattr(autotopup.Order.objects, "create", read_only)
    with pytest.raises(IntegrityError):
        run()

    assert not charges(stripe)


def test_an_answer_that_is_lost_is_asked_for_again_and_charged_once(
    plan,
    account,
    stripe,  # noqa: F811
    settings,
):
    use(account, 15_000_000)
    settings.STRIPE_API = "http://127.0.0.1:1"
    run()
    assert state_of(Order.objects.get()) == "open"

    settings.STRIPE_API = stripe.address
    for _each in range(3):
        run()

    assert len(charges(stripe)) == 1
    assert balance(account) == 115_000_000


def test_a_charge_that_is_credited_by_nobody_but_the_reconciliation(plan, account, stripe):  # noqa: F811
    """It was made, and we died before we heard."""
    use(account, 15_000_000)
    autotopup._place(account.pk, clock.now())
    order, kept = Order.objects.get(), AutoTopup.objects.get()
    said = {
        "amount": "10000",
        "currency": "cny",
        "confirm": "true",
        "customer": kept.customer_key,
        "payment_method": kept.method_key,
        "metadata": {"order": str(order.public_id)},
    }
    stripe.far_end.cards.charge(said, "")

    reconciling.reconcile(method="stripe", now=clock.now())

    assert (state_of(order), balance(account)) == ("paid", 115_000_000)


def test_three_a_day_and_no_more(plan, account, stripe):  # noqa: F811
    AutoTopup.objects.update(month_most_micros=10_000_000_000)
    for _each in range(5):
        use(account, balance(account) - 1_000_000)
        run()

    assert len(charges(stripe)) == autotopup.MOST_A_DAY
    run(clock.now() + timedelta(days=1, minutes=1))
    assert len(charges(stripe)) == autotopup.MOST_A_DAY + 1


def test_no_more_than_agreed_in_30_days(plan, account, stripe):  # noqa: F811
    for day in range(5):
        use(account, balance(account) - 1_000_000)
        run(clock.now() + timedelta(days=2 * day))

    assert len(charges(stripe)) == 3


def test_a_declined_card_is_not_asked_again(plan, account, stripe, mailoutbox):  # noqa: F811
    owner = factories.MembershipFactory(account=account).user
    stripe.far_end.postman.script = Script(declined="card_declined")
    use(account, 15_000_000)
    run()
    stripe.far_end.postman.script = Script()
    run()

    stopped = AutoTopup.objects.get()
    assert (stopped.is_on, stopped.stopped_by) == (False, "card_declined")
    assert (state_of(Order.objects.get()), charges(stripe)) == ("cancelled", [])
    tasks.mail_auto_topup_stopped(account_id=account.pk)
    assert [told.to for told in mailoutbox] == [[owner.email]]


def test_what_is_turned_off_charges_nobody(plan, account, stripe, settings):  # noqa: F811
    use(account, 15_000_000)
    settings.STRIPE_API = "http://127.0.0.1:1"
    run()
    autotopup.turn_off(account=account, by=factories.UserFactory(), now=clock.now())

    settings.STRIPE_API = stripe.address
    run()

    assert not charges(stripe)


@pytest.mark.parametrize("state", ["suspended", "frozen", "closed"])
def test_who_may_not_send_is_not_charged(plan, account, stripe, state):  # noqa: F811
    use(account, 15_000_000)
    type(account).objects.filter(pk=account.pk).update(state=state)

    run()

    assert not charges(stripe)


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(0, 100_000_000, 300_000_000),
        Wanted(20_000_000, 9_990_000, 300_000_000),
        Wanted(20_000_000, 50_000_010_000, 90_000_000_000),
        Wanted(20_000_000, 100_000_001, 300_000_000),
        Wanted(20_000_000, 100_000_000, 99_990_000),
        Wanted(20_000_000, 100_000_000, 10 * money.LARGEST_MICROS),
    ],
)
def test_amounts_are_bounded(account, stripe, wanted):  # noqa: F811
    save_card(account, stripe)

    with pytest.raises(Invalid):
        autotopup.agree(account=account, wanted=wanted, by=factories.UserFactory(), now=NOW())
    assert not AutoTopup.objects.get().is_on


def test_without_a_card_nothing_is_agreed(account):
    with pytest.raises(autotopup.NoCard):
        autotopup.agree(account=account, wanted=WANTED, by=factories.UserFactory(), now=NOW())


def test_an_event_brings_the_card(account, stripe, client):  # noqa: F811
    address = cards.save(account=account, back_url="http://shop.example/")
    session = stripe.shop.get(address.rsplit("/", 1)[-1], "checkout.session")
    stripe.far_end.cards.give(session)

    body, headers = signed("checkout.session.completed", session)
    client.post(reverse("stripe-events"), body, content_type="application/json", headers=headers)
    notices.process_due(now=clock.now() + timedelta(seconds=1))

    assert AutoTopup.objects.get().method_label == "visa •••• 4242"


def test_a_card_that_is_saved_twice_is_of_one_customer(account, stripe):  # noqa: F811
    save_card(account, stripe)
    save_card(account, stripe)

    assert len(stripe.shop.listed("customer", {})["data"]) == 1


def test_somebody_saves_a_card_and_agrees(stripe, client):  # noqa: F811
    account = sign_in(client)
    type(account).objects.filter(pk=account.pk).update(currency="CNY")
    account.refresh_from_db()
    address = client.post(reverse("card-save")).headers["Location"]
    assert address.startswith(f"{stripe.address}/pay/")
    save_card(account, stripe)

    said = {"below": "20.00", "amount": "100.00", "month_most": "300.00"}
    client.post(reverse("auto-topup"), said)

    agreed = AutoTopup.objects.get()
    assert (agreed.is_on, agreed.below_micros, agreed.month_most_micros) == (
        *(True, 20_000_000),
        300_000_000,
    )
    page = client.get(reverse("auto-topup")).content.decode()
    assert "visa •••• 4242" in page
    assert client.post(reverse("card-page")).headers["Location"].startswith(stripe.address)

    client.post(reverse("auto-topup-off"))
    assert not AutoTopup.objects.get().is_on


def test_each_top_up_is_one_entry_of_its_order(plan, account):
    use(account, 15_000_000)
    run()

    entry = Entry.objects.get(kind="topup", amount=100_000_000)
    assert entry.reference == f"order:{Order.objects.get().public_id}"
