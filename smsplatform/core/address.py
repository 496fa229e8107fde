"""Where a request comes from."""

from django.conf import settings


def of_caller(*, peer: str, forwarded_for: str) -> str:
    """The peer; behind our own proxy (BEHIND_PROXY=1) the last address that the proxy added.

    Earlier entries of the header are the caller's own words and count for nothing.
    """
    if settings.BEHIND_PROXY and forwarded_for:
        return forwarded_for.rpartition(",")[2].strip()
    return peer
