"""People, companies, keys and webhooks on the staff desk."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import (
    Account,
    ApiKey,
    Event,
    Membership,
    Project,
    User,
    WebhookDelivery,
    WebhookEndpoint,
)
from accounts.services import keys
from smsplatform.core import clock
from smsplatform.core.admin import Audited, LargeTable, ReadOnly, record


class UserAddForm(AdminUserCreationForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("email", "name")


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    raw_id_fields = ("account",)
    extra = 0


@admin.register(User)
class UserAdmin(Audited, DjangoUserAdmin):  # type: ignore[type-arg]
    """The password is set on a page of its own and shown nowhere, not even its hash."""

    form = forms.ModelForm
    add_form = UserAddForm
    list_display = ("email", "name", "is_staff", "is_active", "last_login")
    list_filter = ("is_staff", "is_active")
    search_fields = ("=email",)
    ordering = ("email",)
    readonly_fields = ("last_login", "created_at")
    inlines = (MembershipInline,)
    fieldsets = (
        (None, {"fields": ("email", "name", "language")}),
        (_("Permissions"), {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        (_("Important dates"), {"fields": ("created_at", "last_login")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),
    )
    filter_horizontal = ("groups",)


@admin.register(Account)
class AccountAdmin(Audited, LargeTable):
    """Accounts are opened by registration and change their state by a service, not by a form."""

    list_display = ("name", "id", "kind", "state", "is_live", "country", "currency", "created_at")
    list_filter = ("state", "is_live", "kind")
    exact_search = ("id", "public_id", "name")
    ordering = ("-id",)
    readonly_fields = ("public_id", "kind", "state", "is_live", "currency", "created_at")

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
    list_display = ("prefix", "name", "account", "project", "last_used_at", "revoked_at")
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
    """Found by what it tells of: the message's id."""

    list_display = ("created_at", "kind", "subject_id", "endpoint", "state", "tries", "last_status")
    list_select_related = ("endpoint",)
    exact_search = ("subject_id",)
    # The primary key of the table, backwards.
    ordering = ("-subject_id", "-id")
