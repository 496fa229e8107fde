"""The staff desk of the pipeline: carriers and routes are set here, messages are only shown."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from messaging import queries
from messaging.models import Batch, Carrier, Due, Lease, Message, Receipt, Route, RouteCarrier
from smsplatform.core import money, vault
from smsplatform.core.admin import Audited, ReadOnly


class CarrierForm(forms.ModelForm):  # type: ignore[type-arg]
    """The password goes in and never comes out."""

    password = forms.CharField(
        label=_("password"),
        required=False,
        strip=False,
        max_length=64,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Leave it empty to keep the one that is stored."),
    )

    class Meta:
        model = Carrier
        fields = (
            "name",
            "kind",
            "host",
            "port",
            "system_id",
            "window",
            "rate_per_second",
            "is_active",
        )

    def save(self, commit: bool = True) -> Carrier:
        if self.cleaned_data["password"]:
            self.instance.sealed_password = vault.seal(self.cleaned_data["password"])
        carrier: Carrier = super().save(commit=commit)
        return carrier


@admin.register(Carrier)
class CarrierAdmin(Audited):
    """Messages name their carrier for as long as they are kept: switch it off, never delete it."""

    form = CarrierForm
    list_display = ("name", "kind", "host", "port", "rate_per_second", "window", "is_active")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RouteCarrierInline(admin.TabularInline):  # type: ignore[type-arg]
    model = RouteCarrier
    ordering = ("position",)
    extra = 1


@admin.register(Route)
class RouteAdmin(Audited):
    list_display = ("name", "country", "message_class", "priority", "is_active")
    inlines = (RouteCarrierInline,)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Lease)
class LeaseAdmin(ReadOnly):
    list_display = ("name", "owner", "epoch", "heartbeat_at")


@admin.register(Due)
class DueAdmin(ReadOnly):
    list_display = ("due_at", "message_id", "account_id", "route_id", "lane", "valid_until")
    exact_search = ("message_id",)
    ordering = ("-message_id",)


@admin.register(Batch)
class BatchAdmin(ReadOnly):
    list_display = ("id", "account", "source", "count", "parts", "price", "accepted_at")
    list_select_related = ("account",)
    exact_search = ("id",)
    ordering = ("-id",)

    @admin.display(description=_("price"))
    def price(self, batch: Batch) -> str:
        return f"{money.text(batch.price_micros)} {batch.currency}"


@admin.register(Message)
class MessageAdmin(ReadOnly):
    """Found by its id or the recipient's whole number. The text is not shown: it is not ours."""

    list_display = ("id", "account", "number", "message_class", "state", "parts", "price", "reason")
    list_select_related = ("account",)
    exact_search = ("id", "number")
    ordering = ("-id",)

    @admin.display(description=_("price"))
    def price(self, message: Message) -> str:
        return f"{money.text(message.price_micros)} {message.currency}"

    def find(self, queryset: QuerySet[Message], word: str) -> QuerySet[Message]:
        """The index of numbers begins with the account: ask for each account's."""
        try:
            return queryset.filter(id=UUID(word))
        except ValueError:
            accounts = Account.objects.values("id")
            return queryset.filter(account_id__in=accounts, number=f"+{word.lstrip('+')}")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        message = self.get_object(request, object_id)
        life = message and queries.life(account=message.account, message_id=message.id)
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), "life": life}
        )


@admin.register(Receipt)
class ReceiptAdmin(ReadOnly):
    list_display = ("received_at", "carrier", "carrier_message_id", "outcome", "effect")
    list_select_related = ("carrier",)
    exact_search = ("id",)
    ordering = ("-id",)
