"""API keys: made, shown once, recognised by their hash, revoked within a second.

A key reads `sms_live_<8 of prefix>_<43 of secret><6 of checksum>`, a sandbox's begins with
`sms_test_`: scanners know it by its shape and reject a mistyped one without asking anybody.
"""

import hashlib
import ipaddress
import re
import secrets
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict, Unpack

from accounts.models import Account, ApiKey, Project, Scope, User
from accounts.states import AccountState
from smsplatform.core.remember import for_a_second

# All as long as each other.
PREFIXES = {ApiKey.Mode.LIVE.value: "sms_live_", ApiKey.Mode.SANDBOX.value: "sms_test_"}
_PREFIX_LENGTH = len("sms_live_") + 8
_CHECKSUM_LENGTH = 6
_SHAPE = re.compile(r"sms_(?:live|test)_[0-9a-z]{8}_[0-9A-Za-z_-]{43}[0-9a-z]{6}")
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_NO_KEY = 0


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What a door needs to know of a key and its account; up to a second old."""

    key_id: int
    account_id: int
    project_id: int
    scopes: frozenset[str]
    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
    expires_at: datetime | None
    is_revoked: bool
    account_state: str
    country: str
    currency: str
    timezone: str
    may_send_text: bool
    account_is_live: bool
    mode: str = ApiKey.Mode.LIVE.value
    is_house: bool = False

    def admits(self, address: str) -> bool:
        """An empty list admits everybody; an unreadable address is admitted by no list."""
        if not self.networks:
            return True
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            return False
        # An IPv4 caller on an IPv6 socket.
        ip = getattr(ip, "ipv4_mapped", None) or ip
        return any(ip in network for network in self.networks)

    @property
    def is_sandbox(self) -> bool:
        """What it sends needs no review, costs nothing and reaches no phone, unless `is_trial`:
        always with a sandbox key, and with any key before the account is live."""
        return self.mode == ApiKey.Mode.SANDBOX or not self.account_is_live

    @property
    def is_trial(self) -> bool:
        """Of a live key's sandbox messages, those to the account's own proved numbers may reach
        them. A sandbox key reaches no phone, whosever it is."""
        return self.mode == ApiKey.Mode.LIVE and not self.account_is_live

    @property
    def is_free(self) -> bool:
        """What it sends costs nothing."""
        return self.is_sandbox or self.is_house

    @property
    def account_is_open(self) -> bool:
        return self.account_state in (AccountState.ACTIVE, AccountState.IN_ARREARS)


class Limits(TypedDict, total=False):
    """How far a key goes. Without scopes it may everything; without networks from everywhere."""

    scopes: Sequence[str]
    allowed_networks: Sequence[str]
    expires_at: datetime | None
    mode: str


def create(
    *, project: Project, name: str, by: User | None = None, **limits: Unpack[Limits]
) -> tuple[ApiKey, str]:
    """The key and its text, which nobody can ever read again."""
    mode = limits.get("mode", ApiKey.Mode.LIVE.value)
    networks = limits.get("allowed_networks", ())
    identifier = "".join(secrets.choice(_ALPHABET) for _count in range(8))
    prefix = f"{PREFIXES[mode]}{identifier}"
    body = f"{prefix}_{secrets.token_urlsafe(32)}"
    text = body + _checksum(body)
    key = ApiKey.objects.create(
        account=project.account,
        project=project,
        name=name,
        mode=mode,
        prefix=prefix,
        digest=_digest(text),
        scopes=list(limits.get("scopes", Scope.values)),
        allowed_networks=[str(ipaddress.ip_network(network)) for network in networks],
        expires_at=limits.get("expires_at"),
        created_by=by,
    )
    return key, text


def is_well_formed(text: str) -> bool:
    """Right in shape and checksum: worth a question to the database, and being remembered."""
    if not _SHAPE.fullmatch(text):
        return False
    return _checksum(text[:-_CHECKSUM_LENGTH]) == text[-_CHECKSUM_LENGTH:]


@for_a_second
def find(text: str) -> KeyFacts | None:
    """None for what is no key of ours. Revoked and expired keys are found, and say so.

    Ask only for what is well formed: answers are remembered, and a flood must find no room.
    """
    prefix = text[:_PREFIX_LENGTH]
    key = ApiKey.objects.select_related("account").filter(prefix=prefix).first()
    if key is None or not secrets.compare_digest(bytes(key.digest), _digest(text)):
        return None
    return KeyFacts(
        key_id=key.id,
        project_id=key.project_id,
        scopes=frozenset(key.scopes),
        networks=tuple(ipaddress.ip_network(network) for network in key.allowed_networks),
        expires_at=key.expires_at,
        is_revoked=key.revoked_at is not None,
        mode=key.mode,
        **_of_account(key.account),
    )


def of_house() -> KeyFacts | None:
    """What the platform sends its own messages with; no key that a caller could show. None before
    the platform was prepared."""
    project = Project.objects.select_related("account").filter(account__is_house=True).first()
    if project is None:
        return None
    return KeyFacts(
        key_id=_NO_KEY,
        project_id=project.pk,
        scopes=frozenset({Scope.SEND.value}),
        networks=(),
        expires_at=None,
        is_revoked=False,
        is_house=True,
        **_of_account(project.account),
    )


def _of_account(account: Account) -> dict[str, Any]:
    return {
        "account_id": account.pk,
        "account_state": account.state,
        "country": account.country,
        "currency": account.currency,
        "timezone": account.timezone,
        "may_send_text": account.may_send_text,
        "account_is_live": account.is_live,
    }


def revoke(*, key: ApiKey, now: datetime) -> bool:
    """True for the one call that did it."""
    return bool(ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=now))


_used: dict[int, datetime] = {}


def note_use(key_ids: Collection[int], *, now: datetime) -> None:
    """To the minute: an UPDATE for each request would cost more than it tells."""
    stale = [
        key_id
        for key_id in key_ids
        if key_id != _NO_KEY and (key_id not in _used or (now - _used[key_id]).total_seconds() > 60)
    ]
    if stale:
        ApiKey.objects.filter(id__in=stale).update(last_used_at=now)
        _used.update(dict.fromkeys(stale, now))


def forget_uses() -> None:
    """For whoever turns back the clock."""
    _used.clear()


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _checksum(body: str) -> str:
    number = zlib.crc32(body.encode())
    digits = []
    for _count in range(_CHECKSUM_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(digits)
