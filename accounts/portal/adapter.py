"""allauth's questions, answered for this platform."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from smsplatform.core import address, vault


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Where it is closed, an account comes from the staff, or by invitation."""
        return bool(settings.SIGNUP_IS_OPEN)

    def get_client_ip(self, request: HttpRequest) -> str:
        return of_request(request)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    def encrypt(self, text: str) -> str:
        return vault.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return vault.unseal(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """The staff may replace their last factor, by adding another first, but not drop it."""
        if not authenticator.user.is_staff:
            return True
        return second_factors(authenticator.user).exclude(pk=authenticator.pk).exists()


def second_factors(user: User) -> QuerySet[Authenticator]:
    """What asks for more than a password; recovery codes only stand in for one of these."""
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    found: QuerySet[Authenticator] = Authenticator.objects.filter(user=user, type__in=kinds)
    return found


def of_request(request: HttpRequest) -> str:
    """The address that the caller's limits are counted for."""
    return address.of_caller(
        peer=request.META.get("REMOTE_ADDR", ""),
        forwarded_for=request.headers.get("X-Forwarded-For", ""),
    )
