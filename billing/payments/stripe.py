"""Stripe: a hosted Checkout page, signed events, and the objects as Stripe knows them now.

Cards, Alipay and WeChat Pay come as the Stripe account offers them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import stripe as library

from billing.payments import minor
from billing.payments.provider import (
    Declined,
    Event,
    Forged,
    Payment,
    Purchase,
    Refused,
    Saved,
    Standing,
    Started,
    Taken,
    Unreachable,
)

TIMEOUT_SECONDS = 10
RETRIES = 2
# An event that was signed longer ago is a replay.
TOLERANCE_SECONDS = 300
PAGE = 100

_CHECKOUT = "checkout.session"
_PAYMENT = "payment_intent"
# Things whose events lead to the payment they are of.
_OF_A_PAYMENT = ("charge", "refund", "dispute")
_NOT_TAKEN = ("failed", "canceled")
# Only asked by a bank, or settled before it became a dispute: no money has moved by it.
_INQUIRIES = ("warning_needs_response", "warning_under_review", "warning_closed", "prevented")


class Stripe:
    def __init__(self, *, key: str, secret: str, address: str = "") -> None:
        """`address` empty: Stripe's own."""
        self._secret = secret
        self._client = library.StripeClient(
            key,
            base_addresses={"api": address} if address else {},
            http_client=library.RequestsClient(timeout=TIMEOUT_SECONDS),
            max_network_retries=RETRIES,
        )

    def start(self, purchase: Purchase) -> Started:
        with _reaching():
            session = self._session(purchase.checkout_key, "") if purchase.checkout_key else None
            if session is None:
                session = self._client.v1.checkout.sessions.create(
                    params=_checkout(purchase),
                    options={"idempotency_key": f"order:{purchase.order}"},
                )
        return Started(session.id, session.url or "")

    def read_event(self, body: bytes, signature: str) -> Event | None:
        try:
            event = library.Webhook.construct_event(
                body, signature, self._secret, tolerance=TOLERANCE_SECONDS
            )
        except (library.SignatureVerificationError, ValueError) as error:
            raise Forged from error
        about: Any = event.data.object
        checkout_key, payment_key = _keys(about)
        if not checkout_key and not payment_key:
            return None
        return Event(event.id, event.type, checkout_key, payment_key)

    def look(self, *, checkout_key: str = "", payment_key: str = "") -> Payment | None:
        with _reaching():
            return self._look(checkout_key, payment_key)

    def recent(self, since: datetime) -> Iterator[Payment]:
        params: Any = {"created": {"gte": int(since.timestamp())}, "limit": PAGE}
        with _reaching():
            sessions = self._client.v1.checkout.sessions.list(params=params)
            seen = set()
            for session in sessions.auto_paging_iter():
                seen.add(_key(session, "payment_intent"))
                if session.mode == "payment":
                    yield self._payment(session)
            charged = self._client.v1.payment_intents.list(params=params).auto_paging_iter()
            for key in ({one.id for one in charged} | self._taken_back(params)) - seen:
                payment = self._look("", key)
                if payment:
                    yield payment

    def refund(self, *, payment_key: str, amount_micros: int, currency: str, key: str) -> None:
        params: Any = {
            "payment_intent": payment_key,
            "amount": minor.of_micros(amount_micros, currency),
            "metadata": {"refund": key},
        }
        options: Any = {"idempotency_key": f"refund:{key}"}
        with _reaching():
            try:
                self._client.v1.refunds.create(params=params, options=options)
            except library.InvalidRequestError as error:
                raise Refused(error.code or "") from error

    def close(self, checkout_key: str) -> None:
        with _reaching():
            try:
                self._client.v1.checkout.sessions.expire(checkout_key)
            except library.InvalidRequestError:
                return  # It is paid, over, or not there.

    def customer(self, *, account: str, name: str) -> str:
        params: Any = {"name": name, "metadata": {"account": account}}
        options: Any = {"idempotency_key": f"customer:{account}"}
        with _reaching():
            return str(self._client.v1.customers.create(params=params, options=options).id)

    def save_card(self, *, customer_key: str, currency: str, back_url: str) -> Started:
        params: Any = {
            "mode": "setup",
            "customer": customer_key,
            "currency": currency.lower(),
            "allowed_payment_method_types": ["card"],
            "success_url": back_url,
            "cancel_url": back_url,
        }
        with _reaching():
            session = self._client.v1.checkout.sessions.create(params=params)
        return Started(session.id, session.url or "")

    def saved(self, checkout_key: str) -> Saved | None:
        params: Any = {"expand": ["setup_intent.payment_method"]}
        with _reaching():
            session: Any = self._client.v1.checkout.sessions.retrieve(checkout_key, params=params)
        method = getattr(getattr(session, "setup_intent", None), "payment_method", None)
        if session.status != "complete" or method is None:
            return None
        card = method.card
        return Saved(_key(session, "customer"), method.id, f"{card.brand} •••• {card.last4}")

    def charge(self, purchase: Purchase, saved: Saved) -> str:
        params: Any = {
            "amount": minor.of_micros(purchase.amount_micros, purchase.currency),
            "currency": purchase.currency.lower(),
            "customer": saved.customer_key,
            "payment_method": saved.method_key,
            "off_session": True,
            "confirm": True,
            "description": purchase.name,
            "metadata": {"order": purchase.order},
        }
        options: Any = {"idempotency_key": f"order:{purchase.order}"}
        with _reaching():
            try:
                made = self._client.v1.payment_intents.create(params=params, options=options)
            except (library.CardError, library.InvalidRequestError) as error:
                raise Declined(error.code or "card_declined") from error
        if made.status not in ("succeeded", "processing"):
            raise Declined(made.status)
        return str(made.id)

    def cards_page(self, *, customer_key: str, back_url: str) -> str:
        params: Any = {"customer": customer_key, "return_url": back_url}
        with _reaching():
            return str(self._client.v1.billing_portal.sessions.create(params=params).url)

    def _look(self, checkout_key: str, payment_key: str) -> Payment | None:
        session = self._session(checkout_key, payment_key)
        if session is not None:
            return self._payment(session) if session.mode == "payment" else None
        return self._charged(payment_key) if payment_key else None

    def _charged(self, payment_key: str) -> Payment | None:
        """Without a checkout: by a saved card."""
        try:
            made: Any = self._client.v1.payment_intents.retrieve(payment_key)
        except library.InvalidRequestError as error:
            if error.http_status == 404:
                return None
            raise
        currency, order = str(made.currency).upper(), getattr(made.metadata, "order", "")
        if not order:
            return None
        standing = {"succeeded": Standing.PAID, "canceled": Standing.OVER}
        return Payment(
            checkout_key="",
            payment_key=payment_key,
            order=str(order),
            amount_micros=minor.to_micros(made.amount, currency),
            currency=currency,
            standing=standing.get(made.status, Standing.WAITING),
            paid_with=self._paid_with(payment_key),
            taken=tuple(self._taken(payment_key)),
        )

    def _session(self, checkout_key: str, payment_key: str) -> Any:
        """None where Stripe knows of none."""
        sessions = self._client.v1.checkout.sessions
        if checkout_key:
            try:
                return sessions.retrieve(checkout_key)
            except library.InvalidRequestError as error:
                if error.http_status == 404:
                    return None
                raise
        params: Any = {"payment_intent": payment_key, "limit": 1}
        return next(iter(sessions.list(params=params).data), None)

    def _payment(self, session: Any) -> Payment:
        currency = str(session.currency).upper()
        payment_key = _key(session, "payment_intent")
        return Payment(
            checkout_key=session.id,
            payment_key=payment_key,
            order=str(session.client_reference_id or ""),
            amount_micros=minor.to_micros(session.amount_total, currency),
            currency=currency,
            standing=_standing(session),
            paid_with=self._paid_with(payment_key),
            taken=tuple(self._taken(payment_key)) if payment_key else (),
        )

    def _paid_with(self, payment_key: str) -> str:
        if not payment_key:
            return ""
        params: Any = {"expand": ["latest_charge"]}
        payment = self._client.v1.payment_intents.retrieve(payment_key, params=params)
        details = getattr(getattr(payment, "latest_charge", None), "payment_method_details", None)
        return str(getattr(details, "type", "") or "")

    def _taken(self, payment_key: str) -> Iterator[Taken]:
        params: Any = {"payment_intent": payment_key, "limit": PAGE}
        for refund in self._client.v1.refunds.list(params=params).auto_paging_iter():
            yield _taken(refund, "refund", refund.status not in _NOT_TAKEN)
        for dispute in self._client.v1.disputes.list(params=params).auto_paging_iter():
            if dispute.status not in _INQUIRIES:
                yield _taken(dispute, "dispute", dispute.status != "won")

    def _taken_back(self, params: Any) -> set[str]:
        refunds = self._client.v1.refunds.list(params=params).auto_paging_iter()
        disputes = self._client.v1.disputes.list(params=params).auto_paging_iter()
        found = {_key(one, "payment_intent") for many in (refunds, disputes) for one in many}
        return found - {""}


def _checkout(purchase: Purchase) -> Any:
    order = {"order": purchase.order}
    price = {
        "currency": purchase.currency.lower(),
        "unit_amount": minor.of_micros(purchase.amount_micros, purchase.currency),
        "product_data": {"name": purchase.name},
    }
    asked = {
        "mode": "payment",
        "client_reference_id": purchase.order,
        "expires_at": int(purchase.expires_at.timestamp()),
        "success_url": purchase.back_url,
        "cancel_url": purchase.back_url,
        "metadata": order,
        # A refund that overtakes the checkout's event is found by it.
        "payment_intent_data": {"metadata": order},
        # Without it Stripe refuses WeChat Pay wherever it is switched on.
        "payment_method_options": {"wechat_pay": {"client": "web"}},
        # What is paid is what was ordered, in its currency.
        "adaptive_pricing": {"enabled": False},
        "line_items": [{"quantity": 1, "price_data": price}],
    }
    return {**asked, "customer_email": purchase.email} if purchase.email else asked


@contextmanager
def _reaching() -> Iterator[None]:
    """Whatever Stripe or the way there does: somebody asks again later."""
    try:
        yield
    except library.StripeError as error:
        raise Unreachable(type(error).__name__) from error


def _keys(about: Any) -> tuple[str, str]:
    """Of the checkout and of the payment that an event's object belongs to; empty: of none."""
    kind, key = getattr(about, "object", ""), str(getattr(about, "id", ""))
    if kind == _CHECKOUT:
        return key, ""
    if kind == _PAYMENT:
        return "", key
    return "", _key(about, "payment_intent") if kind in _OF_A_PAYMENT else ""


def _standing(session: Any) -> Standing:
    if session.payment_status == "paid":
        return Standing.PAID
    return Standing.OVER if session.status == "expired" else Standing.WAITING


def _taken(thing: Any, kind: str, stands: bool) -> Taken:
    amount = minor.to_micros(thing.amount, str(thing.currency).upper())
    ours = getattr(getattr(thing, "metadata", None), "refund", "")
    return Taken(key=str(ours or thing.id), kind=kind, amount_micros=amount, stands=stands)


def _key(thing: Any, name: str) -> str:
    """Of what is named there, or told there as a whole."""
    value = getattr(thing, name, None)
    return str(getattr(value, "id", value) or "")
