"""Light or dark: the reader's choice, kept in a cookie; without one, what their system prefers."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View

COOKIE = "theme"
CHOICES = ("light", "dark")
_YEAR_SECONDS = 365 * 24 * 3600


def of(request: HttpRequest) -> str:
    """`light`, `dark`, or nothing."""
    chosen = request.COOKIES.get(COOKIE, "")
    return chosen if chosen in CHOICES else ""


class ThemeChoice(View):
    """Whatever is not light or dark leaves it to the system again."""

    def post(self, request: HttpRequest) -> HttpResponse:
        response = redirect(_back(request))
        chosen = request.POST.get("theme", "")
        if chosen in CHOICES:
            response.set_cookie(
                COOKIE,
                chosen,
                max_age=_YEAR_SECONDS,
                secure=request.is_secure(),
                httponly=True,
                samesite="Lax",
            )
        else:
            response.delete_cookie(COOKIE, samesite="Lax")
        return response


def _back(request: HttpRequest) -> str:
    asked = request.POST.get("next", "")
    hosts = {request.get_host()}
    if url_has_allowed_host_and_scheme(asked, hosts, require_https=request.is_secure()):
        return asked
    return "home"
