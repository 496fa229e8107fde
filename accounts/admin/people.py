"""People who sign in, and the groups that say what those of the staff may do."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import Invitation, Membership, PhoneCode, TrialNumber, User
from smsplatform.core.admin import Audited, ReadOnly

admin.site.unregister(Group)


class UserAddForm(AdminUserCreationForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("email", "name")


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    raw_id_fields = ("account",)
    extra = 0


class SuperusersOnly:
    """Whoever could change people or groups could give themselves everything else."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)


def _is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))


@admin.register(User)
class UserAdmin(SuperusersOnly, Audited, DjangoUserAdmin):  # type: ignore[type-arg]
    """The password is set on a page of its own and shown nowhere, not even its hash."""

    form = forms.ModelForm
    add_form = UserAddForm
    list_display = ("email", "name", "is_staff", "is_active", "last_login")
    list_filter = ("is_staff", "is_active")
    search_fields = ("=email",)
    ordering = ("email",)
    readonly_fields = ("phone", "phone_proved_at", "last_login", "created_at")
    inlines = (MembershipInline,)
    fieldsets = (
        (None, {"fields": ("email", "name", "language", "phone", "phone_proved_at")}),
        (_("Permissions"), {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        (_("Important dates"), {"fields": ("created_at", "last_login")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),
    )
    filter_horizontal = ("groups",)


@admin.register(Invitation)
class InvitationAdmin(ReadOnly):
    """Found by the address that it went to."""

    list_display = ("email", "account", "role", "sent_at", "expires_at", "accepted_at")
    list_select_related = ("account",)
    exact_search = ("account_id", "email")
    ordering = ("-id",)
    secret_fields = ("nonce",)


@admin.register(PhoneCode)
class PhoneCodeAdmin(ReadOnly):
    """Of the last day: for who waits for a code. What it was, nobody can see."""

    list_display = ("number", "purpose", "asked_by", "created_at", "tries", "used_at", "refusal")
    exact_search = ("number", "asked_by")
    ordering = ("-id",)
    secret_fields = ("digest", "sealed_code")


@admin.register(TrialNumber)
class TrialNumberAdmin(ReadOnly):
    """Which phones an account that is not live yet may reach: how many is said at the account."""

    list_display = ("number", "account", "proved_at", "proved_by")
    list_select_related = ("account",)
    exact_search = ("account_id", "number")
    ordering = ("-id",)


@admin.register(Group)
class GroupAdmin(SuperusersOnly, Audited, DjangoGroupAdmin):
    """The staff's own roles are brought back to their table at every start."""
