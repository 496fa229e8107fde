"""Orders that somebody pays, and Stripe's far end to pay them at."""

import asyncio
import json
import socket
import threading
import time
import urllib.request
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import uuid4

from aiohttp import web

from billing.models import Order
from billing.payments import Payment, Standing, Taken
from billing.services import ordering, settling, topups
from billing.services.ordering import Wanted
from billing.simulator.events import event, sign
from billing.simulator.server import FarEnd
from tests import factories

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
KEY, SECRET = "sk_test_tests", "whsec_tests"


def place(account, *, method="transfer", form_key=None, amount=200_000_000, offer=None, now=NOW):
    offer = offer or factories.OfferFactory()
    wanted = Wanted(offer, method, form_key or uuid4(), amount)
    return ordering.place(account=account, wanted=wanted, by=None, now=now)


def order_of(account, **fields):
    topups.open_account(account=account)
    return factories.OrderFactory(account=account, method="stripe", **fields)


def package_order(account, parts=1000, price=50_000_000):
    package = factories.PackageFactory(parts=parts, price_micros=price)
    return order_of(account, package=package, amount_micros=price, name=package.name)


def payment_of(order, /, **fields):
    said = {
        "checkout_key": f"cs_{order.pk}",
        "payment_key": f"pi_{order.pk}",
        "order": str(order.public_id),
        "amount_micros": order.amount_micros,
        "currency": order.currency,
        "standing": Standing.PAID,
        "paid_with": "card",
        **fields,
    }
    return Payment(**said)


def refund(amount_micros, key="re_1", *, stands=True):
    return Taken(key=key, kind="refund", amount_micros=amount_micros, stands=stands)


def dispute(amount_micros, key="du_1", *, stands=True):
    return Taken(key=key, kind="dispute", amount_micros=amount_micros, stands=stands)


def tell(order, /, *taken, **fields):
    """What the provider says of it now, taken over."""
    payment = payment_of(order, taken=taken, **fields)
    return settling.apply(method="stripe", payment=payment, now=NOW)


def state_of(order):
    return Order.objects.get(pk=order.pk).state


def signed(kind, thing, *, secret=SECRET, ago=0):
    """Body and headers of an event as Stripe posts it."""
    body = json.dumps(event(kind, thing)).encode()
    return body, {"Stripe-Signature": sign(body, secret, int(time.time()) - ago)}


class Running:
    """The far end in a thread of its own; its events are posted to `hook`, or else only kept."""

    def __init__(self, hook=""):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.far_end = FarEnd(address=self.address, key=KEY, hook=hook, secret=SECRET)
        self.shop = self.far_end.shop
        self.events = []
        if not hook:
            self.far_end.postman.post = self.events.extend
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def start(self):
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._serve(), self._loop).result(10)

    async def _serve(self):
        self._runner = web.AppRunner(self.far_end.application())
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    def stop(self):
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def page(self, address):
        with urllib.request.urlopen(address) as answer:  # noqa: S310 - ours, on loopback
            return answer.read().decode()


@contextmanager
def running(hook=""):
    made = Running(hook)
    made.start()
    try:
        yield made
    finally:
        made.stop()
