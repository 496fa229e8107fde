"""Headers that every page carries, and what the staff desk asks for besides a password."""

from collections.abc import Callable

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

# Nothing inline, nothing from elsewhere: scripts, styles and pictures are our own files.
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
    " frame-ancestors 'none'; form-action 'self'"
)


def policy() -> str:
    """A browser holds the address that a form's answer leads to against form-action, too."""
    return " ".join([POLICY, *settings.PAYMENT_PAGES])


class SecurityHeaders:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy())
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), microphone=(), geolocation=()"
        )
        return response


class StaffWithTwoFactors:
    """Below /staff/ nobody gets anywhere without a second factor: they are led to where they add
    one. A demonstration lets them in, and its desk says so on every page.

    Signing in happens on one page, which asks for the factor; the desk's own asks for a password
    alone, and is shown to nobody: whoever is signed in already could become somebody else there.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        desk = reverse("admin:index")
        if not request.path.startswith(desk) or request.path == reverse("admin:logout"):
            return self.get_response(request)
        if request.path == reverse("admin:login"):
            return _elsewhere(request, desk)
        if _lacks_a_factor(request):
            if not settings.DEMO:
                return redirect("security")
            request.is_without_second_factor = True  # type: ignore[attr-defined]
        return self.get_response(request)


def _elsewhere(request: HttpRequest, desk: str) -> HttpResponse:
    user = request.user
    if not user.is_authenticated:
        return redirect_to_login(request.GET.get("next", desk), reverse("account_login"))
    return redirect(desk if user.is_staff else "home")


def _lacks_a_factor(request: HttpRequest) -> bool:
    user = request.user
    if not user.is_authenticated or not user.is_staff:
        return False
    # Recovery codes only stand in for one of these.
    return not is_mfa_enabled(user, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN])
