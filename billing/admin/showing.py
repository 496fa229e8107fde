"""What the desks of money share: amounts as people read them, and pages with one form each."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from smsplatform.core.admin import ReadOnly

# What the button of a page says, unless the page has its own deed.
BOOK = _("Book it")


class Shown(ReadOnly):
    """Rows that are only shown, and amounts as people read them."""

    # Instead of a column: the method that shows it, or nothing.
    shown_as: Mapping[str, str] = MappingProxyType({})

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        named = [self.shown_as.get(name, name) for name in super().get_fields(request, obj)]
        return [name for name in named if name]


class Asking(Shown):
    """Beside its rows it has pages with one form each."""

    def ask(
        self,
        request: HttpRequest,
        form: forms.Form,
        title: Any,
        obj: Any = None,
        deed: Any = BOOK,
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "form": form,
            "title": title,
            "deed": deed,
            "opts": self.opts,
            "original": obj,
        }
        return render(request, "admin/billing/ask.html", context)

    def check_may(self, request: HttpRequest) -> None:
        if not self._may(request):
            raise PermissionDenied

    def _may(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(f"billing.change_{self.opts.model_name}"))

    def to_list(self) -> HttpResponse:
        return redirect(f"admin:billing_{self.opts.model_name}_changelist")
