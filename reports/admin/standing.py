"""An account is stopped, or goes on: with what that does to messages that have not left."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views import View

from accounts.models import Account
from accounts.services import suspension
from accounts.services.suspension import Waiting
from accounts.states import AccountState
from messaging import queries
from smsplatform.core import clock
from smsplatform.core.errors import DomainError


class SuspensionForm(forms.Form):
    """Who is suspended already can only be frozen."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        help_text=_("The customer reads it."),
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
    )
    waiting = forms.ChoiceField(label=_("What waits"), widget=forms.RadioSelect)

    def __init__(self, data: Any, *, account: Account) -> None:
        super().__init__(data)
        is_held = account.state == AccountState.SUSPENDED
        field: Any = self.fields["waiting"]
        field.choices = Waiting.choices[1:] if is_held else Waiting.choices
        field.initial = field.choices[0][0]


class AccountStanding(View):
    """GET tells what would happen; POST does it."""

    account: Account

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.has_perm("core.change_item"):
            raise PermissionDenied
        self.account = get_object_or_404(Account, pk=kwargs["account_id"])
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, account_id: int) -> HttpResponse:
        return self._show(SuspensionForm(None, account=self.account))

    def post(self, request: HttpRequest, account_id: int) -> HttpResponse:
        form = SuspensionForm(request.POST, account=self.account)
        if "resume" not in request.POST and not form.is_valid():
            return self._show(form, status=422)
        try:
            self._do(form)
        except DomainError as refusal:
            messages.error(request, refusal.sentence())
        else:
            messages.success(request, f"{self.account}: {self.account.get_state_display()}")
        return redirect("admin:accounts_account_change", account_id)

    def _do(self, form: SuspensionForm) -> None:
        act: dict[str, Any] = {"by": f"user:{self.request.user.pk}", "now": clock.now()}
        if "resume" in self.request.POST:
            suspension.resume(account=self.account, **act)
        else:
            suspension.suspend(account=self.account, **form.cleaned_data, **act)

    def _show(self, form: SuspensionForm, status: int = 200) -> HttpResponse:
        state = self.account.state
        context = {
            **admin.site.each_context(self.request),
            "title": self.account,
            "account": self.account,
            "waiting": queries.waiting(self.account.pk),
            "may_resume": state in (AccountState.SUSPENDED, AccountState.FROZEN),
            "form": None if state in (AccountState.FROZEN, AccountState.CLOSED) else form,
        }
        return render(self.request, "reports/account_standing.html", context, status=status)
