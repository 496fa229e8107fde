"""Somebody buys: by Stripe's page to the last part, by bank transfer to the reference."""

import time
from datetime import timedelta

import pytest
from django.urls import reverse
from pypdf import PdfReader

from billing.models import Entry, Order, ProviderNotice, Wallet
from billing.payments import Standing
from billing.services import autotopup, invoicing, notices, transfers
from billing.services.transfers import Received
from billing.simulator.events import Script
from smsplatform.core import clock
from tests import factories
from tests.billing import paying
from tests.billing.paying import KEY, SECRET
from tests.browser.conftest import DESK, PHONE, needs_browser
from tests.browser.test_held_messages import look
from tests.messaging.line import Line

pytestmark = [needs_browser, pytest.mark.django_db(transaction=True)]

PARTS = 3
PRICE_MICROS = 45_000


@pytest.fixture
def stripe(live_server, settings):
    """Tells everything five times, in any order."""
    with paying.running(live_server.url + reverse("stripe-events")) as far_end:
        settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = KEY, SECRET
        settings.STRIPE_API = far_end.address
        settings.PAYMENT_PAGES = [far_end.address]
        settings.BASE_URL = live_server.url
        far_end.far_end.postman.script = Script(times=5, is_shuffled=True)
        yield far_end


@pytest.fixture
def line():
    """A customer who may send, and has a balance of 100.00."""
    return Line()


@pytest.fixture
def package():
    package = factories.PackageFactory(name="Three parts", parts=PARTS, price_micros=10_000_000)
    return factories.OfferFactory(
        name="Three parts", package=package, least_micros=10_000_000, most_micros=10_000_000
    )


def buyer(line):
    return factories.MembershipFactory(account=line.customer.account).user


def wait_for_notices(count):
    until = time.monotonic() + 20
    while ProviderNotice.objects.count() < count and time.monotonic() < until:
        time.sleep(0.1)
    assert ProviderNotice.objects.count() == count


def test_a_package_is_paid_once_used_up_and_then_the_balance_pays(visit, stripe, line, package):
    visit.sign_in(buyer(line).email)
    visit.go(reverse("buy"))
    visit.page.get_by_role("link", name="Buy Three parts").click()
    visit.page.get_by_role("radio", name="Card, Alipay or WeChat Pay").check()
    visit.page.get_by_role("button", name="Order and pay").click()
    visit.page.wait_for_url(f"{stripe.address}/pay/*")
    visit.page.get_by_role("radio", name="alipay").check()
    visit.page.get_by_role("button", name="Pay").click()
    visit.page.get_by_text("If you have paid, nothing is left to do").wait_for()

    # Of the charge, the payment and the checkout.
    wait_for_notices(3)
    notices.process_due(now=clock.now())
    visit.page.locator("#order .pill", has_text="Paid").wait_for(timeout=10_000)

    assert Entry.objects.filter(kind="package", account=line.customer.account).count() == 1
    send_until_the_balance_pays(line)
    assert "0.045" in paper_of_the_month(visit, line.customer.account)
    assert visit.complaints == []


def send_until_the_balance_pays(line):
    bought, before = Wallet.objects.get(package__isnull=False), line.customer.balance()
    for nth in range(PARTS):
        line.accept(f"1380013800{nth}")
    assert (Wallet.objects.get(pk=bought.pk).balance, line.customer.balance()) == (0, before)

    line.accept("13800138009")

    assert line.customer.balance() == before - PRICE_MICROS


def paper_of_the_month(visit, account):
    """The text of the invoice, taken along from its page."""
    now = clock.now()
    invoice = invoicing.close(account=account, until_date=now.date() + timedelta(days=2), now=now)
    visit.go(reverse("invoice-list"))
    visit.page.get_by_role("link", name=str(invoice.number), exact=True).click()
    with visit.page.expect_download() as download:
        visit.page.get_by_role("link", name="Invoice (PDF)").click()
    return "".join(page.extract_text() for page in PdfReader(download.value.path()).pages)


def test_a_checkout_that_is_left_can_be_paid_later(visit, stripe, line, package):
    visit.sign_in(buyer(line).email)
    visit.go(reverse("buy-offer", args=[package.pk]))
    visit.page.get_by_role("button", name="Order and pay").click()
    visit.page.wait_for_url(f"{stripe.address}/pay/*")
    first = visit.page.url
    visit.page.get_by_role("link", name="Back to the shop").click()

    visit.page.locator("#order").get_by_role("button", name="Pay").click()

    visit.page.wait_for_url(first)


@pytest.mark.parametrize("visit", [DESK, PHONE], indirect=True, ids=["desk", "phone"])
def test_a_card_is_saved_and_tops_the_balance_up(visit, stripe, line):
    factories.OfferFactory()
    visit.sign_in(buyer(line).email)
    look(visit, reverse("auto-topup"), "auto-topup-none")
    visit.page.get_by_role("button", name="Save a card").click()
    visit.page.wait_for_url(f"{stripe.address}/pay/*")
    visit.page.get_by_role("button", name="Save the card").click()
    visit.page.get_by_text("If you have saved a card").wait_for()
    wait_for_notices(1)
    notices.process_due(now=clock.now())

    visit.go(reverse("auto-topup"))
    visit.page.get_by_label("When the balance is below").fill("150.00")
    visit.page.get_by_label("Top it up by").fill("100.00")
    visit.page.get_by_label("At most in 30 days").fill("1000.00")
    visit.page.get_by_role("button", name="Turn on").click()
    visit.page.locator(".pill", has_text="On").wait_for()
    look(visit, reverse("auto-topup"), "auto-topup")

    before = line.customer.balance()
    autotopup.run_due(now=clock.now())
    assert line.customer.balance() == before + 100_000_000


@pytest.mark.parametrize("visit", [DESK, PHONE], indirect=True, ids=["desk", "phone"])
def test_the_catalogue_of_everybody_reads_well(visit, package):
    factories.OfferFactory(position=1)
    factories.OfferFactory(position=2, currency="GBP", refund_rule="full")
    visit.go("/")
    visit.page.get_by_role("link", name="Packages and top-ups").click()
    visit.page.get_by_role("heading", name="Packages and top-ups").wait_for()

    look(visit, reverse("public-offers"), "offers")


@pytest.mark.parametrize("visit", [DESK, PHONE], indirect=True, ids=["desk", "phone"])
def test_the_pages_of_buying_read_well(visit, line, package, settings):
    settings.BANK_DETAILS = ["Bank of Samples, Shanghai", "Account 6222 0000 0000 0000"]
    factories.OfferFactory(position=1)
    by_bank = paying.place(line.customer.account, offer=package, now=clock.now())
    paid = paying.place(line.customer.account, offer=package, now=clock.now())
    confirmed(paid)

    visit.sign_in(buyer(line).email)

    look(visit, reverse("buy"), "buy")
    look(visit, reverse("buy-offer", args=[package.pk]), "buy-offer")
    look(visit, reverse("order-list"), "orders")
    look(visit, reverse("order-detail", args=[by_bank.public_id]), "order-open")
    look(visit, reverse("order-detail", args=[paid.public_id]), "order-paid")
    look(visit, reverse("order-cancel", args=[by_bank.public_id]), "order-cancel")


@pytest.mark.parametrize("visit", [DESK, PHONE], indirect=True, ids=["desk", "phone"])
def test_the_desk_s_pages_of_payments_read_well(visit, line, package):
    by_bank = paying.place(line.customer.account, offer=package, now=clock.now())
    paid = paying.place(line.customer.account, offer=package, now=clock.now())
    confirmed(paid)
    line_of_bank = factories.BankLineFactory(text=f"Rent {by_bank.reference}")
    tell_a_stranger_s_payment(by_bank)

    visit.sign_in(factories.UserFactory(staff=True).email)

    for name, path in {
        "desk-orders": reverse("admin:billing_order_changelist"),
        "desk-order": reverse("admin:billing_order_change", args=[paid.pk]),
        "desk-confirm": reverse("admin:billing_order_confirm", args=[by_bank.pk]),
        "desk-refund": reverse("admin:billing_order_refund", args=[paid.pk]),
        "desk-lines": reverse("admin:billing_bankline_changelist"),
        "desk-line": reverse("admin:billing_bankline_settle", args=[line_of_bank.pk]),
        "desk-import": reverse("admin:billing_bankline_import"),
        "desk-differences": reverse("admin:billing_difference_changelist"),
        "desk-offers": reverse("admin:billing_offer_changelist"),
    }.items():
        look(visit, path, name)


def confirmed(order):
    received = Received("b1", order.amount_micros, "CNY")
    clerk = factories.UserFactory(is_staff=True)
    transfers.confirm(order=order, received=received, by=clerk, now=clock.now())


def tell_a_stranger_s_payment(order):
    stranger = paying.payment_of(order, order="", checkout_key="cs_stranger")
    assert stranger.standing is Standing.PAID
    assert not paying.settling.apply(method="stripe", payment=stranger, now=clock.now())
    assert Order.objects.get(pk=order.pk).is_open
