"""allauth's questions, answered for this platform."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Closed unless the settings open it: an account comes from staff, or by invitation."""
        return bool(getattr(settings, "SIGNUP_IS_OPEN", False))
