"""Trades that may not send: the staff's list, and what a change of it would have caught."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import Trade
from reports.services import trying
from smsplatform.core import clock
from smsplatform.core.admin import Audited
from smsplatform.core.errors import DomainError
from templates_app.services import words


class WordsForm(forms.Form):
    words = forms.CharField(
        label=capfirst(_("words")),
        help_text=_("One a line. However they are written, they are found."),
        widget=forms.Textarea(attrs={"rows": 10, "cols": 40}),
        required=False,
    )

    def clean_words(self) -> list[str]:
        try:
            return words.cleaned(self.cleaned_data["words"].splitlines())
        except DomainError as error:
            raise ValidationError(error.sentence()) from error


class TradeForm(WordsForm, forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Trade
        fields = (
            "name",
            "name_zh",
            "words",
            "sector",
            "ban",
            "permit",
            "is_refused_at_once",
            "is_active",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["words"] = "\n".join(self.instance.words)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        needs, names = said.get("ban") == Trade.Ban.PERMIT, bool(said.get("permit"))
        if needs and not names:
            self.add_error("permit", _("Say which permit opens the trade."))
        if names and not needs:
            self.add_error("permit", _("No permit opens what may send nothing."))
        return said


@admin.register(Trade)
class TradeAdmin(Audited):
    form = TradeForm
    list_display = ("__str__", "ban", "permit", "is_refused_at_once", "is_active")
    list_filter = ("ban", "is_active")
    ordering = ("ban", "name")
    change_form_template = "reports/trade.html"

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.try_out)
        return [path("try/", view, name="accounts_trade_try"), *super().get_urls()]

    def try_out(self, request: HttpRequest) -> HttpResponse:
        """Nothing is kept."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = WordsForm(request.POST or None, initial={"words": _words_of(request)})
        caught = None
        if form.is_valid():
            caught = trying.try_out(tried=form.cleaned_data["words"], now=clock.now())
        context = {
            **self.admin_site.each_context(request),
            "title": _("What would this trade have caught?"),
            "opts": self.opts,
            "form": form,
            "caught": caught,
            "days": trying.DAYS,
        }
        return render(request, "reports/try_trade.html", context)


def _words_of(request: HttpRequest) -> str:
    number = request.GET.get("trade", "")
    chosen = Trade.objects.filter(pk=number).first() if number.isdecimal() else None
    return "\n".join(chosen.words) if chosen else ""
