"""What Stripe keeps: checkouts, payments, charges, refunds, disputes. No network here."""

import secrets
import time
from collections.abc import Iterable
from typing import Any

Thing = dict[str, Any]

MOST_LISTED = 100
METHODS = ("card", "alipay", "wechat_pay")


class Wrong(Exception):
    """Answered as Stripe answers it: a status and an error object."""

    def __init__(self, status: int, message: str, code: str = "parameter_invalid") -> None:
        super().__init__(message)
        self.status = status
        self.error = {"type": "invalid_request_error", "code": code, "message": message}


class Shop:
    def __init__(self, address: str) -> None:
        self._address = address
        self.things: dict[str, Thing] = {}
        # What each checkout sells, for its page.
        self._names: dict[str, str] = {}

    def open_checkout(self, said: Thing) -> Thing:
        try:
            line = said["line_items"]["0"]
            price = line["price_data"]
            amount = int(price["unit_amount"]) * int(line["quantity"])
            asked = {"currency": price["currency"], "name": price["product_data"]["name"]}
        except (KeyError, TypeError, ValueError) as error:
            raise Wrong(400, f"line_items cannot be read: {error!r}") from error
        if amount <= 0 or said.get("mode") != "payment":
            raise Wrong(400, "An amount above nothing, and the mode payment.")
        session = self.make("cs_test", "checkout.session")
        session.update(
            amount_total=amount,
            currency=asked["currency"],
            client_reference_id=said.get("client_reference_id"),
            customer_email=said.get("customer_email"),
            metadata=said.get("metadata", {}),
            mode="payment",
            payment_intent=None,
            payment_status="unpaid",
            status="open",
            success_url=said.get("success_url", ""),
            cancel_url=said.get("cancel_url", ""),
            expires_at=int(said.get("expires_at", time.time() + 86_400)),
            url=f"{self._address}/pay/{session['id']}",
        )
        self._names[session["id"]] = asked["name"]
        return session

    def name_of(self, session: Thing) -> str:
        return str(self._names.get(session["id"], ""))

    def pay(self, key: str, method: str) -> Thing:
        """Twice is once; raises Wrong for one that is over."""
        session = self.get(key, "checkout.session")
        if session["payment_status"] == "paid":
            return session
        if session["status"] != "open" or method not in METHODS:
            raise Wrong(400, "This checkout cannot be paid so.")
        money = {"amount": session["amount_total"], "currency": session["currency"]}
        payment = self.paid(money, session["metadata"], method)
        session.update(
            payment_intent=payment["id"], payment_status="paid", status="complete", url=None
        )
        return session

    def paid(self, money: Thing, metadata: Thing, method: str) -> Thing:
        """A payment that succeeded, and its charge."""
        payment, charge = self.make("pi", "payment_intent"), self.make("ch", "charge")
        charge.update(
            money,
            payment_intent=payment["id"],
            amount_refunded=0,
            disputed=False,
            status="succeeded",
            payment_method_details={"type": method},
        )
        payment.update(money, status="succeeded", metadata=metadata, latest_charge=charge["id"])
        return payment

    def expanded(self, thing: Thing, paths: Iterable[str]) -> Thing:
        """A copy with whole things where it names keys: "setup_intent.payment_method"."""
        whole = dict(thing)
        for path in paths:
            place = whole
            for name in path.split("."):
                inner = place.get(name)
                if isinstance(inner, str) and inner in self.things:
                    place[name] = dict(self.things[inner])
                if not isinstance(place.get(name), dict):
                    break
                place = place[name]
        return whole

    def expire(self, key: str) -> Thing:
        session = self.get(key, "checkout.session")
        if session["status"] != "open":
            raise Wrong(400, "Only an open checkout can be expired.")
        session.update(status="expired", url=None)
        return session

    def refund(
        self, payment_key: str, amount: int | None = None, metadata: Thing | None = None
    ) -> Thing:
        payment = self.get(payment_key, "payment_intent")
        charge = self.get(payment["latest_charge"], "charge")
        wanted = amount if amount is not None else charge["amount"] - charge["amount_refunded"]
        if not 0 < wanted <= charge["amount"] - charge["amount_refunded"]:
            raise Wrong(400, "More than is left of the charge.", "amount_too_large")
        if charge["disputed"]:
            raise Wrong(400, "This charge is disputed.", "charge_disputed")
        charge["amount_refunded"] += wanted
        refund = self._of_charge("re", "refund", charge, wanted, "succeeded")
        refund["metadata"] = metadata or {}
        return refund

    def dispute(self, payment_key: str) -> Thing:
        payment = self.get(payment_key, "payment_intent")
        charge = self.get(payment["latest_charge"], "charge")
        charge["disputed"] = True
        return self._of_charge("du", "dispute", charge, charge["amount"], "needs_response")

    def decide(self, dispute_key: str, status: str) -> Thing:
        dispute = self.get(dispute_key, "dispute")
        dispute["status"] = status
        return dispute

    def get(self, key: str, kind: str) -> Thing:
        thing = self.things.get(key)
        if thing is None or thing["object"] != kind:
            raise Wrong(404, f"No such {kind}: '{key}'", "resource_missing")
        return thing

    def listed(self, kind: str, asked: Thing) -> Thing:
        """Newest first, as Stripe lists."""
        found = [one for one in reversed(self.things.values()) if one["object"] == kind]
        if payment := asked.get("payment_intent"):
            found = [one for one in found if one.get("payment_intent") == payment]
        since = asked.get("created", {}).get("gte")
        found = [one for one in found if since is None or one["created"] >= int(since)]
        if after := asked.get("starting_after"):
            keys = [one["id"] for one in found]
            found = found[keys.index(after) + 1 :] if after in keys else []
        limit = min(int(asked.get("limit", 10)), MOST_LISTED)
        return {
            "object": "list",
            "data": found[:limit],
            "has_more": len(found) > limit,
            "url": "/v1",
        }

    def _of_charge(self, start: str, kind: str, charge: Thing, amount: int, status: str) -> Thing:
        made = self.make(start, kind)
        made.update(
            amount=amount,
            currency=charge["currency"],
            charge=charge["id"],
            payment_intent=charge["payment_intent"],
            status=status,
        )
        return made

    def make(self, start: str, kind: str) -> Thing:
        key = f"{start}_{secrets.token_hex(12)}"
        made = {"id": key, "object": kind, "created": int(time.time()), "livemode": False}
        self.things[key] = made
        return made
