"""Is it a person who registers? Asked without scripts, pictures or third parties.

A form carries a signed ticket. It is answered no sooner than a person can, no later than a person
does, and leads to one account at most. Where an address has registered or failed several times
lately, the form asks a small sum in words besides. What is remembered for it: `SignupTry`.
"""

import ipaddress
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.core import signing
from django.db.models import Q
from django.utils.translation import gettext, gettext_lazy

from accounts.models import SignupTry
from smsplatform.core import vault
from smsplatform.core.errors import DomainError

SOONEST = timedelta(seconds=2)
LATEST = timedelta(hours=2)
LATELY = timedelta(hours=1)
KEPT = timedelta(days=1)
# So often an address may register, or fail, within `LATELY` before it is asked a sum.
_REGISTERED_OFTEN = 1
_FAILED_OFTEN = 3
_SALT = "accounts.challenge"
_WORDS = (
    gettext_lazy("one"), gettext_lazy("two"), gettext_lazy("three"), gettext_lazy("four"),
    gettext_lazy("five"), gettext_lazy("six"), gettext_lazy("seven"), gettext_lazy("eight"),
    gettext_lazy("nine"),
)  # fmt: skip


class TooSoon(DomainError):
    code = "answered_too_soon"
    status = 422
    message = gettext_lazy("That was quicker than a person types. Please send the form once more.")


class TooLate(DomainError):
    code = "form_too_old"
    status = 422
    message = gettext_lazy("This form is too old or was used already. Please send it once more.")


class WrongSum(DomainError):
    code = "wrong_sum"
    status = 422
    message = gettext_lazy("Please work out the sum; it keeps robots away.")


class FilledIn(DomainError):
    code = "trap_filled_in"
    status = 422
    message = gettext_lazy(
        "A field that nobody sees was filled in. Please send the form once more."
    )


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a form was handed out with. `version_ids` are the terms that it showed."""

    nonce: str
    issued_at: float
    first: int
    second: int
    version_ids: Sequence[int]

    @property
    def question(self) -> str:
        """In the reader's language."""
        return gettext("How much is %(first)s plus %(second)s? Answer in digits.") % {
            "first": _WORDS[self.first - 1],
            "second": _WORDS[self.second - 1],
        }


def issue(*, version_ids: Sequence[int], now: datetime) -> Ticket:
    first, second = (secrets.randbelow(len(_WORDS)) + 1 for _each in range(2))
    return Ticket(secrets.token_hex(16), now.timestamp(), first, second, list(version_ids))


def sealed(ticket: Ticket) -> str:
    """For a hidden field. Signed, not secret: the sum can be read in the question anyway."""
    return signing.dumps(asdict(ticket), salt=_SALT, compress=True)


def opened(text: str) -> Ticket:
    """TooLate for what is no ticket of ours."""
    try:
        return Ticket(**signing.loads(text, salt=_SALT))
    except (signing.BadSignature, TypeError) as error:
        raise TooLate from error


def is_asked(*, address: str, now: datetime) -> bool:
    """Whether this address must answer a sum."""
    tries = SignupTry.objects.filter(fingerprint__in=_fingerprints(address), at__gt=now - LATELY)
    registered = list(tries.values_list("has_registered", flat=True)[: _FAILED_OFTEN + 1])
    return registered.count(True) >= _REGISTERED_OFTEN or registered.count(False) >= _FAILED_OFTEN


def check(*, ticket: Ticket, answer: str, is_asked: bool, now: datetime) -> None:
    age = now - datetime.fromtimestamp(ticket.issued_at, tz=now.tzinfo)
    if age < SOONEST:
        raise TooSoon
    if age > LATEST or _is_used(ticket):
        raise TooLate
    if is_asked and answer.strip() != str(ticket.first + ticket.second):
        raise WrongSum


def remember(*, address: str, nonce: str, has_registered: bool, now: datetime) -> None:
    """Forgets what is older than a day."""
    SignupTry.objects.filter(at__lt=now - KEPT).delete()
    SignupTry.objects.create(
        fingerprint=_fingerprints(address)[0], ticket=nonce, has_registered=has_registered, at=now
    )


def _is_used(ticket: Ticket) -> bool:
    used = Q(ticket=ticket.nonce, has_registered=True)
    return bool(SignupTry.objects.filter(used).exists())


def _fingerprints(address: str) -> list[str]:
    return vault.fingerprints(f"signup:{_network(address)}")


def _network(address: str) -> str:
    """Whoever has one IPv6 address has a whole /64 of them."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return ""
    length = 64 if ip.version == 6 else 32
    return str(ipaddress.ip_network(f"{ip}/{length}", strict=False))
