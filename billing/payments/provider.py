"""What a payment provider is to us. None of it is called inside a transaction."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Unreachable(Exception):
    """The provider did not answer, or not as one does: ask again later."""


class Refused(Exception):
    """The provider will not do it, however often it is asked; the argument is its code."""


class Declined(Exception):
    """A saved card was not charged, and will not be; the argument is the provider's code."""


class Forged(Exception):
    """What claims to be an event is not signed by the provider, or was signed too long ago."""


class Standing(StrEnum):
    WAITING = "waiting"
    PAID = "paid"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Purchase:
    """`order` is our public id: the provider keeps it with the payment and says it back.
    `checkout_key` is of the checkout that was begun before, if one was."""

    order: str
    name: str
    amount_micros: int
    currency: str
    email: str
    back_url: str
    expires_at: datetime
    checkout_key: str = ""


@dataclass(frozen=True, slots=True)
class Started:
    """`address` is the page that the buyer is sent to; empty where there is none, or nothing left
    to pay there."""

    checkout_key: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """Money that went back. Not `stands`: it came to us again, or never left. `key` is the
    provider's, or ours where we asked for it."""

    key: str
    kind: str
    amount_micros: int
    stands: bool


@dataclass(frozen=True, slots=True)
class Payment:
    """What a provider says of a payment now."""

    checkout_key: str
    payment_key: str
    order: str
    amount_micros: int
    currency: str
    standing: Standing
    paid_with: str = ""
    taken: Sequence[Taken] = ()


@dataclass(frozen=True, slots=True)
class Saved:
    """A card that the provider keeps; `label` is how its owner knows it."""

    customer_key: str
    method_key: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """That something happened to a payment; one of the two keys may be empty."""

    key: str
    kind: str
    checkout_key: str
    payment_key: str


class Provider(Protocol):
    def start(self, purchase: Purchase) -> Started:
        """Twice for one order is once. Raises Unreachable."""
        ...


class Online(Provider, Protocol):
    def read_event(self, body: bytes, signature: str) -> Event | None:
        """None for what is no matter of payments. Raises Forged."""
        ...

    def look(self, *, checkout_key: str = "", payment_key: str = "") -> Payment | None:
        """The truth, by either key; None where the provider knows of none. Raises Unreachable."""
        ...

    def recent(self, since: datetime) -> Iterator[Payment]:
        """Every payment that was begun or taken back since. Raises Unreachable."""
        ...

    def refund(self, *, payment_key: str, amount_micros: int, currency: str, key: str) -> None:
        """Twice by one key is once. Raises Unreachable, and Refused where it never will."""
        ...

    def close(self, checkout_key: str) -> None:
        """Nobody pays there any more; one that is paid or over stays so. Raises Unreachable."""
        ...


class Keeping(Online, Protocol):
    """One that keeps cards, and charges them while nobody is there."""

    def customer(self, *, account: str, name: str) -> str:
        """Its key of theirs; `account` is our public id. Raises Unreachable."""
        ...

    def save_card(self, *, customer_key: str, currency: str, back_url: str) -> Started:
        """A page on which a card is given, and nothing is paid. Raises Unreachable."""
        ...

    def saved(self, checkout_key: str) -> Saved | None:
        """What was given there; None while nothing is. Raises Unreachable."""
        ...

    def charge(self, purchase: Purchase, saved: Saved) -> str:
        """The payment's key. Twice for one order is once. Raises Unreachable, where nobody knows
        whether it was charged, and Declined where it was not."""
        ...

    def cards_page(self, *, customer_key: str, back_url: str) -> str:
        """The address at which they look after their cards. Raises Unreachable."""
        ...
