"""Secrets that must be read again (carrier passwords, webhook secrets), sealed with a key that is
not in the database. Several keys may be given: the first seals, all open, so that a key can rotate.
"""

import hmac
from functools import cache, lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Unreadable(Exception):
    """Sealed with a key that FIELD_KEYS no longer names."""


def seal(secret: str) -> str:
    return _box().encrypt(secret.encode()).decode()


@lru_cache(maxsize=1024)
def unseal(sealed: str) -> str:
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Unreadable("sealed with a key that FIELD_KEYS does not name") from error


def seal_bytes(secret: bytes) -> bytes:
    return _box().encrypt(secret)


def unseal_bytes(sealed: bytes) -> bytes:
    try:
        return _box().decrypt(sealed)
    except InvalidToken as error:
        raise Unreadable("sealed with a key that FIELD_KEYS does not name") from error


def fingerprints(secret: str) -> list[str]:
    """To find a sealed secret again without opening every one: one for each key. Store the first,
    look for any of them."""
    return [
        hmac.digest(key.encode(), secret.encode(), "sha256").hex() for key in settings.FIELD_KEYS
    ]


@cache
def _box() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])
