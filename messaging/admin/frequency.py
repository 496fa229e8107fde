"""How often one number may be written to."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from messaging.models import CapExemption, FrequencyCap
from smsplatform.core.admin import Audited


@admin.register(FrequencyCap)
class FrequencyCapAdmin(Audited):
    list_display = ("message_class", "country", "per", "window", "most", "account", "is_active")
    list_filter = ("message_class", "per", "is_active")
    list_select_related = ("account",)
    raw_id_fields = ("account",)
    ordering = ("country", "message_class", "per", "window")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only an account's own: a general one is made inactive, and comes back that way."""
        is_general = obj is None or obj.account_id is None
        return not is_general and super().has_delete_permission(request, obj)


@admin.register(CapExemption)
class CapExemptionAdmin(Audited):
    list_display = ("number", "account", "note")
    list_select_related = ("account",)
    raw_id_fields = ("account",)
    search_fields = ("number",)
    search_help_text = _("A number, such as +8613800138000.")
