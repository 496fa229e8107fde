"""What guards a person's way in: password, address, second factors, sessions."""

from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.views import View

from accounts.models import User
from smsplatform.portal import Member


@dataclass(frozen=True, slots=True)
class Factors:
    has_app: bool
    passkeys: int
    codes_left: int

    @property
    def is_on(self) -> bool:
        return self.has_app or self.passkeys > 0

    @classmethod
    def of(cls, user: User) -> "Factors":
        kinds = Authenticator.Type
        found = list(Authenticator.objects.filter(user=user))
        codes = [one for one in found if one.type == kinds.RECOVERY_CODES]
        return cls(
            has_app=any(one.type == kinds.TOTP for one in found),
            passkeys=sum(one.type == kinds.WEBAUTHN for one in found),
            codes_left=sum(len(one.wrap().get_unused_codes()) for one in codes),
        )


class Security(LoginRequiredMixin, View):
    """For everybody who signs in, also for staff without an account."""

    def get(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        assert isinstance(user, User)  # noqa: S101 - LoginRequiredMixin has seen to it
        context = {
            "member": Member.of(request),
            "factors": Factors.of(user),
            "sessions": len(UserSession.objects.purge_and_list(user)),
        }
        response = render(request, "accounts/security.html", context)
        add_never_cache_headers(response)
        return response
