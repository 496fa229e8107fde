"""The rules of sending that staff set: hours, and what is switched off for whom."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from messaging.models import OpenedCountry, RuleSwitch, SendingHours
from messaging.services import compliance
from smsplatform.core import clock
from smsplatform.core.admin import Audited, LargeTable


@admin.register(SendingHours)
class SendingHoursAdmin(Audited):
    list_display = ("country", "message_class", "opens_at", "closes_at", "zones", "is_active")
    list_filter = ("message_class", "is_active")
    ordering = ("country", "message_class")


class RuleSwitchForm(forms.ModelForm):  # type: ignore[type-arg]
    rule = forms.ChoiceField(
        label=capfirst(_("rule")),
        choices=lambda: [(rule.code, rule.label) for rule in compliance.SWITCHES],
    )

    class Meta:
        model = RuleSwitch
        fields = ("rule", "account", "country", "is_on", "reason")

    def clean_country(self) -> Any:
        return self.cleaned_data["country"].upper()


@admin.register(RuleSwitch)
class RuleSwitchAdmin(Audited):
    """Off for an account wins over on for a country: the most special one decides."""

    form = RuleSwitchForm
    list_display = ("rule", "account", "country", "is_on", "reason")
    list_filter = ("rule", "is_on")
    list_select_related = ("account",)
    raw_id_fields = ("account",)


@admin.register(OpenedCountry)
class OpenedCountryAdmin(Audited, LargeTable):
    """Opened or closed, never changed: who opened it stays true."""

    fields = ("account", "country")
    list_display = ("account", "country", "opened_by", "opened_at")
    list_select_related = ("account",)
    raw_id_fields = ("account",)
    exact_search = ("account",)
    ordering = ("-id",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.opened_at, obj.opened_by = clock.now(), f"user:{request.user.pk}"
        super().save_model(request, obj, form, change)
