"""allauth's questions, answered for this platform."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from smsplatform.core import address


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Where it is closed, an account comes from the staff, or by invitation."""
        return bool(settings.SIGNUP_IS_OPEN)

    def get_client_ip(self, request: HttpRequest) -> str:
        return of_request(request)


def of_request(request: HttpRequest) -> str:
    """The address that the caller's limits are counted for."""
    return address.of_caller(
        peer=request.META.get("REMOTE_ADDR", ""),
        forwarded_for=request.headers.get("X-Forwarded-For", ""),
    )
