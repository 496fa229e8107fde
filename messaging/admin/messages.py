"""Messages and what became of them: shown, never changed."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from messaging import queries
from messaging.models import Batch, Due, Lease, Message, Receipt
from smsplatform.core import money
from smsplatform.core.admin import ReadOnly


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
    # Says what the state says.
    secret_fields = ("rare_state",)
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
