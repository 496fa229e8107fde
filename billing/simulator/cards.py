"""Cards that Stripe keeps: given on a page, charged while nobody is there."""

from billing.simulator.shop import Shop, Thing, Wrong

_LABEL = {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2030}


class Cards:
    def __init__(self, shop: Shop, address: str) -> None:
        self._shop = shop
        self._address = address

    def customer(self, said: Thing) -> Thing:
        made = self._shop.make("cus", "customer")
        made.update(name=said.get("name"), metadata=said.get("metadata", {}))
        return made

    def open_page(self, said: Thing) -> Thing:
        """A checkout at which a card is given and nothing is paid."""
        customer = self._shop.get(str(said.get("customer")), "customer")
        session = self._shop.make("cs_test", "checkout.session")
        session.update(
            mode="setup",
            customer=customer["id"],
            setup_intent=None,
            amount_total=None,
            currency=None,
            client_reference_id=None,
            payment_intent=None,
            payment_status="no_payment_required",
            status="open",
            success_url=said.get("success_url", ""),
            cancel_url=said.get("cancel_url", ""),
            url=f"{self._address}/pay/{session['id']}",
        )
        return session

    def give(self, session: Thing) -> None:
        """Twice is once."""
        if session["status"] != "open":
            return
        method, intent = (
            self._shop.make("pm", "payment_method"),
            self._shop.make("seti", "setup_intent"),
        )
        method.update(type="card", card=dict(_LABEL), customer=session["customer"])
        intent.update(payment_method=method["id"], customer=session["customer"], status="succeeded")
        session.update(status="complete", setup_intent=intent["id"], url=None)

    def charge(self, said: Thing, declined: str) -> Thing:
        """`declined`: the code with which the card's bank says no, if it does."""
        method = self._shop.get(str(said.get("payment_method")), "payment_method")
        if method["customer"] != said.get("customer") or said.get("confirm") != "true":
            raise Wrong(400, "Only what is confirmed, and by a card of the customer.")
        if declined:
            raise Wrong(402, "Your card was declined.", declined)
        money = {"amount": int(said["amount"]), "currency": said["currency"]}
        return self._shop.paid(money, said.get("metadata", {}), "card")

    def page(self, said: Thing) -> Thing:
        """Where cards are looked after."""
        customer = self._shop.get(str(said.get("customer")), "customer")
        made = self._shop.make("bps", "billing_portal.session")
        made.update(
            customer=customer["id"],
            return_url=said.get("return_url", ""),
            url=f"{self._address}/cards/{made['id']}",
        )
        return made
