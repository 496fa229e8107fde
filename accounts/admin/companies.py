"""Companies, their keys and webhooks on the staff desk."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import (
    Account,
    ApiKey,
    Event,
    Project,
    RetentionTerm,
    WebhookDelivery,
    WebhookEndpoint,
)
from accounts.services import keys
from smsplatform.core import clock
from smsplatform.core.admin import Audited, LargeTable, ReadOnly, record


@admin.register(Account)
class AccountAdmin(Audited, LargeTable):
    """Accounts are opened by registration and change their state by a service, not by a form."""

    list_display = ("name", "id", "kind", "state", "is_live", "country", "currency", "created_at")
    list_filter = ("state", "is_live", "kind")
    exact_search = ("id", "public_id", "name")
    ordering = ("-id",)
    readonly_fields = (
        "public_id",
        "kind",
        "is_house",
        "state",
        "state_reason",
        "state_since",
        "is_live",
        "currency",
        "created_at",
    )
    # With the way to its suspension, which joins what several apps know: reports.admin.
    change_form_template = "accounts/staff/account.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Project)
class ProjectAdmin(Audited, LargeTable):
    list_display = ("name", "account", "created_at")
    list_select_related = ("account",)
    exact_search = ("account_id", "public_id")
    ordering = ("-id",)
    raw_id_fields = ("account",)
    readonly_fields = ("public_id", "created_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*self.readonly_fields, "account") if obj else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnly):
    list_display = ("prefix", "name", "mode", "account", "project", "last_used_at", "revoked_at")
    list_select_related = ("account", "project")
    exact_search = ("account_id", "prefix")
    ordering = ("-id",)
    actions = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_apikey")

    @admin.action(description=_("Revoke the selected keys"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        revoked = 0
        for key in queryset:
            with transaction.atomic():
                if keys.revoke(key=key, now=clock.now()):
                    record(request, key, "apikey.revoked")
                    revoked += 1
        self.message_user(
            request, ngettext("%d key revoked.", "%d keys revoked.", revoked) % revoked
        )


@admin.register(Event)
class EventAdmin(ReadOnly):
    list_display = ("created_at", "kind", "subject_id", "actor", "account")
    list_select_related = ("account",)
    exact_search = ("subject_id",)
    ordering = ("-id",)


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(Audited, LargeTable):
    """Its address is its customer's; staff may only say how it is told."""

    list_display = ("url", "account", "most_per_post", "failures", "disabled_at", "created_at")
    list_select_related = ("account",)
    exact_search = ("account_id", "public_id")
    ordering = ("-id",)
    fields = (
        "account",
        "public_id",
        "url",
        "kinds",
        "most_per_post",
        "disabled_at",
        "disabled_reason",
        "failures",
        "created_at",
    )
    readonly_fields = tuple(name for name in fields if name != "most_per_post")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnly):
    """Found by what it tells of: the message's id. Its body is not shown: it may hold a text."""

    list_display = ("created_at", "kind", "subject_id", "endpoint", "state", "tries", "last_status")
    list_select_related = ("endpoint",)
    exact_search = ("subject_id",)
    # The primary key of the table, backwards.
    ordering = ("-subject_id", "-id")
    secret_fields = ("payload",)


@admin.register(RetentionTerm)
class RetentionTermAdmin(Audited):
    """The terms that the platform knows: their days are changed, and nothing else."""

    list_display = ("what", "days")
    readonly_fields = ("what",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
