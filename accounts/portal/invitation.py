"""What an invitation's link opens: for whoever has a login, and for whoever makes one here."""

from typing import Any

from allauth.account.utils import perform_login
from django.contrib import messages as flashes
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views import View

from accounts.models import Invitation, User
from accounts.portal.adapter import of_request
from accounts.portal.member_forms import NewcomerForm
from accounts.services import inviting, joining
from accounts.services.terms import Origin
from smsplatform.core import clock
from smsplatform.core.errors import DomainError
from smsplatform.portal import CHOSEN


class InvitationLink(View):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.invitation = inviting.find(kwargs["token"], now=clock.now())
        response = super().dispatch(request, *args, **kwargs)
        add_never_cache_headers(response)
        return response

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        invitation = self.invitation
        if invitation is None:
            return render(request, "accounts/members/invitation_over.html", status=410)
        if isinstance(request.user, User):
            return self._show(is_theirs=joining.is_for(invitation, request.user))
        if joining.has_login(invitation):
            return self._show(must_sign_in=True)
        return self._show(form=NewcomerForm(invitation=invitation))

    def post(self, request: HttpRequest, token: str) -> HttpResponseBase:
        invitation = self.invitation
        if invitation is None:
            return render(request, "accounts/members/invitation_over.html", status=410)
        try:
            if isinstance(request.user, User):
                return self._join(invitation, request.user)
            if joining.has_login(invitation):
                return redirect_to_login(request.get_full_path(), reverse("account_login"))
            return self._register(invitation, NewcomerForm(request.POST, invitation=invitation))
        except DomainError as refusal:
            flashes.error(request, refusal.sentence())
            return redirect("invitation", token)

    def _join(self, invitation: Invitation, user: User) -> HttpResponseBase:
        joining.accept(invitation=invitation, user=user, now=clock.now())
        return self._welcome(invitation)

    def _register(self, invitation: Invitation, form: NewcomerForm) -> HttpResponseBase:
        if not form.is_valid():
            return self._show(form=form)
        membership = joining.register(
            invitation=invitation,
            newcomer=form.newcomer(),
            version_ids=[version.pk for version in form.versions],
            origin=Origin(
                of_request(self.request) or None, self.request.headers.get("User-Agent", "")
            ),
            now=clock.now(),
        )
        perform_login(self.request, membership.user, email=invitation.email)
        return self._welcome(invitation)

    def _welcome(self, invitation: Invitation) -> HttpResponseBase:
        self.request.session[CHOSEN] = str(invitation.account.public_id)
        flashes.success(self.request, _("You act for %s now.") % invitation.account.name)
        return redirect("home")

    def _show(self, **context: Any) -> HttpResponse:
        template = "accounts/members/invitation.html"
        return render(self.request, template, {"invitation": self.invitation, **context})
