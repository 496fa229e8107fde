"""The staff desk of what may be said. Decisions are made by review, not by a form."""

from django.contrib import admin

from smsplatform.core.admin import ReadOnly
from templates_app.models import Signature, Template


@admin.register(Signature)
class SignatureAdmin(ReadOnly):
    list_display = ("text", "account", "state", "created_at", "decided_at")
    list_filter = ("state",)
    list_select_related = ("account",)
    exact_search = ("account_id", "text")
    ordering = ("-id",)


@admin.register(Template)
class TemplateAdmin(ReadOnly):
    list_display = ("code", "name", "account", "message_class", "state", "version", "created_at")
    list_filter = ("state", "message_class")
    list_select_related = ("account",)
    exact_search = ("account_id", "code")
    ordering = ("-id",)
