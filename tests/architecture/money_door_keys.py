"""Who may open which door to money."""

from accounts.models import Scope
from accounts.services.permissions import Permission
from tests.architecture.doors import Door, Key, api, ours
from tests.architecture.strangers import a_fapiao, an_invoice, an_offer, an_order

MONEY: dict[str, Door] = {
    # The portal.
    "prices/of-text": ours(Key.SESSION, "GET", permission=Permission.CONTENT_READ),
    "offers/": ours(Key.PUBLIC, "GET"),
    "buy/": ours(Key.SESSION, "GET", permission=Permission.MONEY_SPEND),
    "buy/<int:offer_id>": ours(
        Key.SESSION, "GET", "POST", foreign=an_offer, permission=Permission.MONEY_SPEND
    ),
    "auto-topup/": ours(Key.SESSION, "GET", "POST", permission=Permission.MONEY_SPEND),
    "auto-topup/off": ours(Key.SESSION, "GET", "POST", permission=Permission.MONEY_SPEND),
    "auto-topup/card": ours(Key.SESSION, "POST", permission=Permission.MONEY_SPEND),
    "auto-topup/cards": ours(Key.SESSION, "POST", permission=Permission.MONEY_SPEND),
    "orders/": ours(Key.SESSION, "GET", permission=Permission.MONEY_SEE),
    "orders/<uuid:order_id>": ours(
        Key.SESSION, "GET", foreign=an_order, permission=Permission.MONEY_SEE
    ),
    "orders/<uuid:order_id>/pay": ours(
        Key.SESSION, "POST", foreign=an_order, permission=Permission.MONEY_SPEND
    ),
    "orders/<uuid:order_id>/cancel": ours(
        Key.SESSION, "GET", "POST", foreign=an_order, permission=Permission.MONEY_SPEND
    ),
    "invoices/": ours(Key.SESSION, "GET", permission=Permission.MONEY_SEE),
    **{
        f"invoices/<int:number>{piece}": ours(
            Key.SESSION, "GET", foreign=an_invoice(**more), permission=Permission.MONEY_SEE
        )
        for piece, more in (
            ("", {}),
            ("/csv", {}),
            ("/pdf", {}),
            ("/lines/<int:position>", {"position": 1}),
            ("/lines/<int:position>/csv", {"position": 1}),
        )
    },
    "invoices/details": ours(Key.SESSION, "GET", "POST", permission=Permission.MONEY_SPEND),
    "invoices/<int:number>/fapiao": ours(
        Key.SESSION, "GET", "POST", foreign=an_invoice(), permission=Permission.MONEY_SPEND
    ),
    "fapiao/<uuid:public_id>/cancel": ours(
        Key.SESSION, "POST", foreign=a_fapiao, permission=Permission.MONEY_SPEND
    ),
    "fapiao/<uuid:public_id>/file": ours(
        Key.SESSION, "GET", foreign=a_fapiao, permission=Permission.MONEY_SEE
    ),
    # The REST API.
    "api/v1/prices": api(GET=Scope.BALANCE),
    "api/v1/balance": api(GET=Scope.BALANCE),
    "api/v1/invoices": api(GET=Scope.BALANCE),
    "api/v1/invoices/<int:number>": api(an_invoice(), GET=Scope.BALANCE),
    "api/v1/offers": api(GET=Scope.BALANCE),
    "api/v1/orders": api(GET=Scope.BALANCE),
    "api/v1/orders/<str:order_id>": api(an_order, GET=Scope.BALANCE),
    # Payment providers: their signature is the key, and without keys there is no such door.
    "payments/stripe/events": ours(Key.SECRET, "POST"),
}
