"""Stripe's API and its hosted page over HTTP.

POST /far-end/script    {"times", "is_shuffled", "is_silent", "is_forged", "declined"}
POST /far-end/dispute   {"payment_intent"}
POST /far-end/decide    {"dispute", "status": "won" or "lost"}
"""

import hmac
import json
from collections.abc import Awaitable, Callable
from html import escape
from typing import Any

from aiohttp import web

from billing.simulator import form
from billing.simulator.cards import Cards
from billing.simulator.events import Postman, Script, event
from billing.simulator.shop import METHODS, Shop, Thing, Wrong

_LISTS = {
    "checkout/sessions": "checkout.session",
    "payment_intents": "payment_intent",
    "refunds": "refund",
    "disputes": "dispute",
}
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Test checkout</title>
<link rel="icon" href="data:,"><meta name="viewport" content="width=device-width">
<main><h1>{name}</h1>
<p>{amount}</p><p>No money moves here: this page stands in for Stripe's.</p>
<form method="post">{choices}<button>{deed}</button></form>
<p><a href="{cancel}">Back to the shop</a></p></main></html>"""
_CARDS_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Test cards</title>
<link rel="icon" href="data:,"><meta name="viewport" content="width=device-width">
<main><h1>Your cards</h1><p><a href="{back}">Back to the shop</a></p></main></html>"""
_CHOICE = '<label><input type="radio" name="method" value="{0}"{1}> {0}</label> '


class FarEnd:
    def __init__(self, *, address: str, key: str, hook: str, secret: str) -> None:
        """`address`: ours, as browsers reach it; `hook`: where events go."""
        self.shop = Shop(address)
        self.cards = Cards(self.shop, address)
        self.postman = Postman(hook, secret)
        self._key = f"Bearer {key}".encode()
        # By Idempotency-Key: what was asked and what was answered.
        self._answered: dict[str, tuple[bytes, Thing]] = {}

    def application(self) -> web.Application:
        app = web.Application(middlewares=[_refusing])
        app.add_routes(
            [
                web.post("/v1/checkout/sessions", self._open),
                web.get("/v1/checkout/sessions/{key}", self._show("checkout.session")),
                web.post("/v1/checkout/sessions/{key}/expire", self._expire),
                web.get("/v1/payment_intents/{key}", self._show("payment_intent")),
                web.post("/v1/payment_intents", self._charge),
                web.post("/v1/customers", self._customer),
                web.post("/v1/billing_portal/sessions", self._cards),
                web.post("/v1/refunds", self._refund),
                *(web.get(f"/v1/{path}", self._list(kind)) for path, kind in _LISTS.items()),
                web.get("/pay/{key}", self._page),
                web.post("/pay/{key}", self._pay),
                web.get("/cards/{key}", self._cards_page),
                web.post("/far-end/script", self._script),
                web.post("/far-end/dispute", self._dispute),
                web.post("/far-end/decide", self._decide),
            ]
        )

        async def stop(_app: web.Application) -> None:
            await self.postman.stop()

        app.on_cleanup.append(stop)
        return app

    # -- the API ---------------------------------------------------------------------------

    async def _open(self, request: web.Request) -> web.Response:
        def make(said: Thing) -> Thing:
            is_setup = said.get("mode") == "setup"
            return self.cards.open_page(said) if is_setup else self.shop.open_checkout(said)

        return await self._once(request, make)

    async def _customer(self, request: web.Request) -> web.Response:
        return await self._once(request, self.cards.customer)

    async def _cards(self, request: web.Request) -> web.Response:
        return await self._once(request, self.cards.page)

    async def _charge(self, request: web.Request) -> web.Response:
        def make(said: Thing) -> Thing:
            payment = self.cards.charge(said, self.postman.script.declined)
            self.postman.post([event("payment_intent.succeeded", payment)])
            return payment

        return await self._once(request, make)

    async def _expire(self, request: web.Request) -> web.Response:
        self._check(request)
        session = self.shop.expire(request.match_info["key"])
        self.postman.post([event("checkout.session.expired", session)])
        return web.json_response(session)

    async def _refund(self, request: web.Request) -> web.Response:
        return await self._once(request, self._give_back)

    def _give_back(self, said: Thing) -> Thing:
        amount = int(said["amount"]) if "amount" in said else None
        metadata = said.get("metadata", {})
        refund = self.shop.refund(str(said.get("payment_intent")), amount, metadata)
        charge = self.shop.get(refund["charge"], "charge")
        self.postman.post([event("refund.created", refund), event("charge.refunded", charge)])
        return refund

    async def _once(self, request: web.Request, make: Callable[[Thing], Thing]) -> web.Response:
        """By its Idempotency-Key, if it has one."""
        self._check(request)
        body, once = await request.read(), request.headers.get("Idempotency-Key", "")
        if once in self._answered:
            asked, answer = self._answered[once]
            if asked != body:
                raise Wrong(400, "Same key, other parameters.", "idempotency_error")
            return web.json_response(answer)
        made = make(form.nested((await request.post()).items()))  # type: ignore[arg-type]
        if once:
            self._answered[once] = (body, dict(made))
        return web.json_response(made)

    def _show(self, kind: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def show(request: web.Request) -> web.Response:
            self._check(request)
            thing = self.shop.get(request.match_info["key"], kind)
            paths = form.nested(request.query.items()).get("expand", {}).values()
            return web.json_response(self.shop.expanded(thing, paths))

        return show

    def _list(self, kind: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def listed(request: web.Request) -> web.Response:
            self._check(request)
            answer = self.shop.listed(kind, form.nested(request.query.items()))
            return web.json_response({**answer, "url": request.path})

        return listed

    def _check(self, request: web.Request) -> None:
        said = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(said, self._key):
            raise Wrong(401, "Invalid API key.", "api_key_invalid")

    # -- the page --------------------------------------------------------------------------

    async def _page(self, request: web.Request) -> web.Response:
        session = self.shop.get(request.match_info["key"], "checkout.session")
        choices = "".join(
            _CHOICE.format(name, " checked" * (not n)) for n, name in enumerate(METHODS)
        )
        is_setup = session["mode"] == "setup"
        amount = f"{session['amount_total']} {session['currency']}, in smallest units".upper()
        page = _PAGE.format(
            name="Give a card" if is_setup else escape(self.shop.name_of(session)),
            amount="" if is_setup else escape(amount),
            choices="" if is_setup else choices,
            deed="Save the card" if is_setup else "Pay",
            cancel=escape(session["cancel_url"], quote=True),
        )
        return web.Response(text=page, content_type="text/html")

    async def _pay(self, request: web.Request) -> web.Response:
        method = str((await request.post()).get("method", METHODS[0]))
        session = self.shop.get(request.match_info["key"], "checkout.session")
        if session["mode"] == "setup":
            self.cards.give(session)
            self.postman.post([event("checkout.session.completed", session)])
            raise web.HTTPSeeOther(session["success_url"])
        session = self.shop.pay(session["id"], method)
        payment = self.shop.get(session["payment_intent"], "payment_intent")
        charge = self.shop.get(payment["latest_charge"], "charge")
        self.postman.post(
            [
                event("charge.succeeded", charge),
                event("payment_intent.succeeded", payment),
                event("checkout.session.completed", session),
            ]
        )
        raise web.HTTPSeeOther(session["success_url"])

    async def _cards_page(self, request: web.Request) -> web.Response:
        made = self.shop.get(request.match_info["key"], "billing_portal.session")
        back = escape(made["return_url"], quote=True)
        page = _CARDS_PAGE.format(back=back)
        return web.Response(text=page, content_type="text/html")

    # -- what it is made to do -------------------------------------------------------------

    async def _script(self, request: web.Request) -> web.Response:
        self.postman.script = Script(**await _object(request))
        return web.json_response({})

    async def _dispute(self, request: web.Request) -> web.Response:
        dispute = self.shop.dispute((await _object(request))["payment_intent"])
        self.postman.post([event("charge.dispute.created", dispute)])
        return web.json_response(dispute)

    async def _decide(self, request: web.Request) -> web.Response:
        said = await _object(request)
        dispute = self.shop.decide(said["dispute"], said["status"])
        self.postman.post([event("charge.dispute.closed", dispute)])
        return web.json_response(dispute)


@web.middleware
async def _refusing(request: web.Request, handler: Any) -> web.StreamResponse:
    try:
        answer: web.StreamResponse = await handler(request)
    except Wrong as wrong:
        return web.json_response({"error": wrong.error}, status=wrong.status)
    return answer


async def _object(request: web.Request) -> dict[str, Any]:
    try:
        said = json.loads(await request.read())
    except ValueError as error:
        raise Wrong(400, "No JSON.") from error
    if not isinstance(said, dict):
        raise Wrong(400, "No object.")
    return said
