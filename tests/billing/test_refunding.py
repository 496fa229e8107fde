"""What the staff give back: by the rule of what was bought, once, and never what was used."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction

from billing.models import BillingDetails, Entry, Order, Refund, Wallet
from billing.services import fapiao, ledger, notices, refunding, settling
from billing.services.refunding import NotRefundable, Wanted
from reports.services import verification
from reports.services.invariants import money, payments
from smsplatform.core import clock
from tests import factories
from tests.billing import paying
from tests.billing.paying import NOW, order_of, package_order, refund, signed, state_of, tell
from tests.billing.test_stripe import _keys, pay, stripe  # noqa: F401 - fixtures
from tests.billing.test_stripe import tell as post

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return factories.AccountFactory(currency="CNY")


@pytest.fixture
def clerk():
    return factories.UserFactory(is_staff=True)


def transferred(account, *, parts=0, rule="pro_rata"):
    """1,000 parts for 50.00, or 200.00 for the balance, paid by bank."""
    order = package_order(account, parts) if parts else order_of(account)
    Order.objects.filter(pk=order.pk).update(method="transfer", refund_rule=rule)
    settling.apply(method="transfer", payment=paying.payment_of(order), now=NOW)
    order.refresh_from_db()
    return order


def use(account, amount, unit="parts"):
    """As messages do, by the ledger."""
    with transaction.atomic():
        books = ledger.open_books([account.id])
        wallet = Wallet.objects.get(account=account, unit=unit)
        books.append(
            ledger.Movement(
                kind="charge", wallet_id=wallet.pk, amount=-amount, reference=f"batch:{uuid4()}"
            ),
            now=NOW,
        )
        books.close()


def give_back(order, clerk, micros, key=None):
    wanted = Wanted(micros, "asked for it", key or uuid4())
    return refunding.refund(order=order, wanted=wanted, by=clerk, now=NOW)


def left(account, unit="parts"):
    return Wallet.objects.get(account=account, unit=unit).balance


def faults():
    ours = [*payments.ALL, money.I01, money.I02, money.I03]
    found = verification.check(since=None, now=NOW, invariants=ours)
    return [row for finding in found for row in finding.rows]


@pytest.mark.parametrize(
    ("rule", "used", "most"),
    [
        ("full", 0, 50_000_000),
        ("full", 1, 0),
        ("pro_rata", 0, 50_000_000),
        ("pro_rata", 400, 30_000_000),
        ("pro_rata", 333, 33_350_000),
        ("pro_rata", 1000, 0),
        ("none", 0, 0),
    ],
)
def test_a_package_s_rule_says_what_can_go_back(account, rule, used, most):
    order = transferred(account, parts=1000, rule=rule)
    if used:
        use(account, used)

    assert refunding.refundable(order=order, now=NOW) == most


@pytest.mark.parametrize(
    ("rule", "used", "most"),
    [
        ("full", 0, 200_000_000),
        ("full", 1, 0),
        ("pro_rata", 50_005_000, 149_990_000),
        ("pro_rata", 250_000_000, 0),
        ("none", 0, 0),
    ],
)
def test_of_a_top_up_goes_back_what_the_balance_still_has(account, rule, used, most):
    order = transferred(account, rule=rule)
    if used:
        use(account, used, "micros")

    assert refunding.refundable(order=order, now=NOW) == most


def test_an_expired_package_and_an_unpaid_order_are_worth_nothing(account):
    order, unpaid = transferred(account, parts=1000), order_of(account)
    late = NOW + timedelta(days=366)

    assert refunding.refundable(order=order, now=late) == 0
    assert refunding.refundable(order=unpaid, now=NOW) == 0


def test_what_is_given_back_is_taken_from_the_package_and_not_from_the_balance(account, clerk):
    order = transferred(account, parts=1000)
    use(account, 400)

    give_back(order, clerk, 10_000_000)
    assert (left(account), left(account, "micros"), state_of(order)) == (400, 0, "partly_reversed")

    give_back(order, clerk, 20_000_000)
    assert (left(account), left(account, "micros")) == (0, 0)
    assert not faults()


def test_parts_that_are_not_whole_cents_go_with_the_last_refund(account, clerk):
    order = transferred(account, parts=999)
    use(account, 100)
    most = refunding.refundable(order=order, now=NOW)

    give_back(order, clerk, most)

    assert (most % 10_000, left(account), left(account, "micros")) == (0, 0, 0)


@pytest.mark.parametrize("micros", [0, -10_000, 30_010_000, 29_999_999])
def test_more_than_the_rule_allows_or_no_whole_cents_are_refused(account, clerk, micros):
    order = transferred(account, parts=1000)
    use(account, 400)

    with pytest.raises(NotRefundable):
        give_back(order, clerk, micros)
    assert not Refund.objects.exists()


def test_money_of_a_fapiao_is_not_given_back_before_that_is_reversed(account, clerk):
    order = transferred(account)
    details(account)
    paper = ask_for_paper(order)

    with pytest.raises(fapiao.Standing):
        give_back(order, clerk, 50_000_000)
    fapiao.cancel(fapiao=paper, by="a@b.example", now=NOW)
    give_back(order, clerk, 50_000_000)

    assert ask_for_paper(order).amount_cents == 15_000


def details(account):
    BillingDetails.objects.create(
        account=account, title="Acme", tax_number="91A", email="a@b.example", fapiao_basis="topup"
    )


def ask_for_paper(order):
    return fapiao.request_for_topup(
        account=order.account,
        reference=order.ledger_reference,
        kind="normal",
        by="a@b.example",
        now=NOW,
    )


def test_a_form_that_is_sent_twice_is_one_refund(account, clerk):
    order, key = transferred(account), uuid4()

    assert give_back(order, clerk, 10_000_000, key) == give_back(order, clerk, 10_000_000, key)
    assert Entry.objects.filter(kind="topup_reversal").count() == 1


def test_a_transfer_is_sent_back_by_people(account, clerk):
    assert Refund.objects.get(pk=give_back(transferred(account), clerk, 10_000).pk).state == "done"


def test_stripe_gives_it_back_once_however_often_it_is_asked(stripe, client, clerk):  # noqa: F811
    order, payment_key = paid_by_stripe(stripe, client)
    made = give_back(order, clerk, 50_000_000)

    for _each in range(3):
        refunding.hand_over(refund_id=made.pk, now=clock.now())
        Refund.objects.filter(pk=made.pk).update(state="asked")
    told_of_refund(stripe, client)

    refunds = stripe.shop.listed("refund", {"payment_intent": payment_key})["data"]
    assert [one["amount"] for one in refunds] == [5_000]
    assert (state_of(order), left(order.account, "micros")) == ("partly_reversed", 150_000_000)


def test_a_refund_waits_while_stripe_is_away(stripe, client, clerk, settings):  # noqa: F811
    order, _key = paid_by_stripe(stripe, client)
    made = give_back(order, clerk, 50_000_000)
    settings.STRIPE_API = "http://127.0.0.1:1"
    refunding.hand_over_due(now=clock.now())
    assert Refund.objects.get(pk=made.pk).state == "asked"

    settings.STRIPE_API = stripe.address
    refunding.hand_over_due(now=clock.now())

    assert Refund.objects.get(pk=made.pk).state == "done"


def test_a_refund_that_stripe_refuses_is_given_to_the_balance_again(stripe, client, clerk):  # noqa: F811
    order, payment_key = paid_by_stripe(stripe, client)
    stripe.shop.things[stripe.shop.things[payment_key]["latest_charge"]]["disputed"] = True
    made = give_back(order, clerk, 50_000_000)

    refunding.hand_over_due(now=clock.now())

    assert Refund.objects.get(pk=made.pk).state == "failed"
    assert (state_of(order), left(order.account, "micros")) == ("paid", 200_000_000)
    assert not faults()


def test_a_refund_that_fails_at_the_bank_later_is_failed(account, clerk):
    order = order_of(account)
    tell(order)
    made = give_back(order, clerk, 50_000_000)
    Refund.objects.filter(pk=made.pk).advance("done")

    tell(order, refund(50_000_000, str(made.key), stands=False))

    assert Refund.objects.get(pk=made.pk).state == "failed"
    assert left(account, "micros") == 200_000_000


def paid_by_stripe(stripe, client):  # noqa: F811
    account = factories.AccountFactory(currency="CNY")
    order = paying.place(account, method="stripe", now=clock.now())
    payment_key = pay(stripe, order)
    session = stripe.shop.listed("checkout.session", {})["data"][0]
    post(client, "checkout.session.completed", session)
    notices.process_due(now=clock.now() + timedelta(seconds=1))
    order.refresh_from_db()
    return order, payment_key


def told_of_refund(stripe, client):  # noqa: F811
    body, headers = signed("refund.created", stripe.shop.listed("refund", {})["data"][0])
    assert (
        client.post(
            "/payments/stripe/events", body, content_type="application/json", headers=headers
        ).status_code
        == 200
    )
    notices.process_due(now=clock.now() + timedelta(minutes=1))
