"""The shell that every page of the portal stands in: who looks, and for which account."""

from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self, cast
from zoneinfo import ZoneInfo

from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django import forms
from django.contrib.auth.views import redirect_to_login
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    QueryDict,
)
from django.shortcuts import render
from django.urls import resolve, reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.views import View
from django_htmx.http import HttpResponseClientRedirect

from accounts import queries
from accounts.models import Account, Membership, User
from accounts.services import members, permissions, terms
from accounts.services.permissions import Permission
from smsplatform.components import Question
from smsplatform.core import clock
from smsplatform.core.errors import DomainError

CHOSEN = "account"


@dataclass(frozen=True)
class Member:
    """A signed-in person acting for one of their accounts."""

    user: User
    membership: Membership
    memberships: list[Membership]

    @property
    def account(self) -> Account:
        return self.membership.account

    @property
    def mode(self) -> str:
        """Whether what this account sends may leave the platform."""
        return "live" if self.account.is_live else "sandbox"

    def may(self, permission: str) -> bool:
        return permissions.may(self.membership.role, permission, kind=self.account.kind)

    @property
    def sees_recipients(self) -> bool:
        """Others see masked numbers and no texts."""
        return self.may(Permission.RECIPIENTS_SEE)

    @property
    def may_send(self) -> bool:
        """Who may send may also take back."""
        return self.may(Permission.MESSAGES_SEND)

    @property
    def owes_terms(self) -> bool:
        """Newer terms are in force than the account agreed to, and this member may agree."""
        may_agree = self.membership.role in terms.BINDING
        return may_agree and bool(getattr(self.membership, "owes_terms", False))

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.account.timezone)

    @classmethod
    def of(cls, request: HttpRequest) -> Self | None:
        """None for somebody who belongs to no account."""
        user = request.user
        if not isinstance(user, User):
            return None
        memberships = queries.memberships(user=user)
        if not memberships:
            return None
        chosen = request.session.get(CHOSEN)
        found = (each for each in memberships if str(each.account.public_id) == chosen)
        return cls(user, next(found, memberships[0]), memberships)


class MemberView(View):
    """Asks for a sign-in and a membership, speaks in the account's time zone, is never cached.

    `page` is the template; `part` is the piece of it that htmx asks for again. A role without
    the `permission`, if one is named, is told who could help.
    """

    permission = ""
    # Asks for the password again, unless it was given in the last five minutes.
    is_sensitive = False
    page = ""
    part = ""
    # The pages that newer terms are read and agreed to on.
    is_before_terms = False
    member: Member

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = self._answer(request, *args, **kwargs)
        add_never_cache_headers(response)
        patch_vary_headers(response, ["HX-Request"])
        return response

    def show(self, **context: Any) -> HttpResponse:
        template = self.part if self.part and self.request.headers.get("HX-Request") else self.page
        return render(self.request, template, {"member": self.member, **context})

    def _answer(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _to_login(request)
        member = Member.of(request)
        if member is None:
            return render(request, "no_account.html")
        self.member = member
        members.note_visit(member=member.membership, now=clock.reading())
        if member.owes_terms and not self.is_before_terms:
            return _to(request, reverse("terms"))
        if self.permission and not member.may(self.permission):
            return self._refuse()
        with timezone.override(member.zone):
            return self._handle(request, *args, **kwargs)

    def _handle(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not self.is_sensitive:
            return super().dispatch(request, *args, **kwargs)
        try:
            handle = reauthentication_required(super().dispatch)
            return cast(HttpResponseBase, handle(request, *args, **kwargs))
        except ReauthenticationRequired:
            if not request.headers.get("HX-Request"):
                raise  # allauth's middleware asks, and then goes on with what was posted.
            # A dialog cannot ask for a password; the page that it stands for can.
            return HttpResponseClientRedirect(request.get_full_path())

    def _refuse(self) -> HttpResponse:
        account = self.member.account
        roles = permissions.roles_with(self.permission, kind=account.kind)
        helpers = queries.members(account=account, roles=roles)
        context = {
            "member": self.member,
            "helpers": [each.user for each in helpers],
            "is_for_companies": not roles,
        }
        return render(self.request, "403.html", context, status=403)


class AskingView(MemberView):
    """A deed that is asked about first: GET asks, in a dialog where scripts run; POST does it."""

    page = "question.html"
    part = "components/question.html"

    def ask(self, question: Question) -> HttpResponse:
        return self.show(question=question)


def blame(form: forms.Form, refusal: DomainError) -> None:
    """A refusal at the fields that it names; the rest above them."""
    for problem in refusal.errors:
        name = problem.field if problem.field in form.fields else None
        form.add_error(name, problem.sentence())
    if not refusal.errors:
        form.add_error(None, refusal.sentence())


def piece(request: HttpRequest, name: str, **asked: Any) -> SafeString:
    """What another app shows to the same reader, by the name of its address, to stand in a page of
    an app that must not import it. Nothing where that app refuses."""
    address = reverse(name)
    inner = copy(request)
    inner.method, inner.path = "GET", address
    inner.GET = QueryDict(urlencode(asked))
    found = resolve(address)
    response = found.func(inner, *found.args, **found.kwargs)
    return SafeString(response.content.decode() if response.status_code == 200 else "")


def _to_login(request: HttpRequest) -> HttpResponseBase:
    """A part of a page cannot become a sign-in form, so the whole page goes there."""
    if request.headers.get("HX-Request"):
        return _to(request, reverse("account_login"))
    return redirect_to_login(request.get_full_path(), reverse("account_login"))


def _to(request: HttpRequest, address: str) -> HttpResponseBase:
    """The whole page goes there, also where only a part of it was asked for."""
    if request.headers.get("HX-Request"):
        return HttpResponseClientRedirect(address)
    return HttpResponseRedirect(address)
