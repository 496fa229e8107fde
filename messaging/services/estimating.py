"""What a request would become, found the way it is sent and left there: nothing is stored, nothing
is charged, and no customer's ledger is locked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db import transaction

from billing.models import Wallet
from billing.services import ledger
from billing.services.charging import InsufficientBalance
from messaging.services import acceptance, capping, frequency, routing
from messaging.services.planning import Plan
from messaging.services.routing import Way
from messaging.services.storing import NewMessage
from messaging.services.validation import Draft, SendRequest
from smsplatform.core import money
from smsplatform.core.errors import DomainError, Internal
from smsplatform.core.text import encodings
from templates_app.services.composing import DOMESTIC

# Enough to mend a text by.
MOST_CHARACTERS = 20


@dataclass(frozen=True, slots=True)
class Guess:
    """One message as it would be. `characters` keep its text out of the cheaper alphabet."""

    draft: Draft
    message: NewMessage
    by_package: bool
    way: Way | None

    @property
    def characters(self) -> Sequence[str]:
        return () if self.draft.country == DOMESTIC else _foreign(self.draft.text)

    @property
    def because(self) -> list[str]:
        """What the route was made for that this message is; nothing: for whatever is left."""
        if self.way is None:
            return []
        way = self.way
        named = {
            "project": way.project_id,
            "operator": way.operator,
            "country": way.country,
            "message_class": way.message_class,
        }
        return [name for name, value in named.items() if value]


@dataclass(frozen=True, slots=True)
class Estimate:
    """`refusal` is what a send would be refused with for want of money, now."""

    plan: Plan
    guesses: Sequence[Guess]
    refusal: InsufficientBalance | None


def estimate(request: SendRequest, *, now: datetime) -> Estimate:
    """Raises whatever a send would be refused with as a whole, but for the money."""
    plans, outcomes = acceptance.plan_all([request], now)
    if 0 not in plans:
        raise outcomes[0] if isinstance(outcomes[0], DomainError) else Internal()
    plan = plans[0]
    account_id = request.key.account_id
    with transaction.atomic():
        wanted = ((account_id, draft) for draft in plan.validated.drafts)
        counters = frequency.Counters(wanted, now=now)
        books = ledger.read_books([account_id], also=counters.questions)
        plan = capping.admit(plan, counters, now)
        refusal = _price(plan, books, now)
    return Estimate(plan, list(_guesses(plan, books)), refusal)


def _price(plan: Plan, books: ledger.Books, now: datetime) -> InsufficientBalance | None:
    """What it would cost is told to who cannot pay it, too."""
    try:
        acceptance.charge(plan, books, now)
    except InsufficientBalance as refusal:
        for wallet in books.wallets.values():
            if wallet.unit == Wallet.Unit.MICROS:
                wallet.floor -= money.LARGEST_MICROS * len(plan.messages)
        acceptance.charge(plan, books, now)
        return refusal
    return None


def _guesses(plan: Plan, books: ledger.Books) -> Iterator[Guess]:
    ways = {way.route_id: way for way in routing.now().ways}
    for message, draft in zip(plan.messages, plan.validated.drafts, strict=True):
        by_package = books.wallets[message.wallet_id].unit == Wallet.Unit.PARTS
        yield Guess(draft, message, by_package, ways.get(message.route_id))


@lru_cache(maxsize=256)
def _foreign(text: str) -> Sequence[str]:
    if encodings.is_gsm7(text):
        return ()
    found = [char for char in dict.fromkeys(text) if not encodings.is_gsm7(char)]
    return tuple(found[:MOST_CHARACTERS])
