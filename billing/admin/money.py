"""The staff desk of money: packages are set here, everything else is only shown."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from billing.models import Entry, Package, Wallet
from smsplatform.core import money
from smsplatform.core.admin import Audited, ReadOnly


@admin.register(Package)
class PackageAdmin(Audited):
    """What was sold stays what it was: only its name, and to whom it is given, may change."""

    list_display = (
        "name",
        "parts",
        "price",
        "message_class",
        "country",
        "valid_days",
        "is_on_sale",
        "is_trial",
    )
    _fixed = ("parts", "price_micros", "currency", "message_class", "country", "valid_days")

    @admin.display(description=_("price"))
    def price(self, package: Package) -> str:
        return f"{money.text(package.price_micros)} {package.currency}"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self._fixed if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Wallet)
class WalletAdmin(ReadOnly):
    list_display = ("id", "account", "unit", "amount", "floor", "package", "expires_at")
    list_select_related = ("account", "package")
    list_filter = ("unit",)
    exact_search = ("account_id",)
    ordering = ("-id",)

    @admin.display(description=_("balance"))
    def amount(self, wallet: Wallet) -> str:
        return in_unit(wallet.balance, wallet)


@admin.register(Entry)
class EntryAdmin(ReadOnly):
    """Found by its reference: "batch:…", "message:…", "topup:…"; or by the account's number."""

    list_display = ("account", "seq", "kind", "moved", "after", "reference", "actor", "booked_at")
    list_select_related = ("account", "wallet")
    exact_search = ("account_id", "reference")
    ordering = ("-id",)

    @admin.display(description=_("amount"))
    def moved(self, entry: Entry) -> str:
        return in_unit(entry.amount, entry.wallet)

    @admin.display(description=_("balance after"))
    def after(self, entry: Entry) -> str:
        return in_unit(entry.balance_after, entry.wallet)

    def find(self, queryset: QuerySet[Entry], word: str) -> QuerySet[Entry]:
        """The index of references begins with the kind."""
        if word.isdecimal():
            return super().find(queryset, word)
        return queryset.filter(kind__in=Entry.Kind.values, reference=word)


def in_unit(amount: int, wallet: Wallet) -> str:
    if wallet.unit == Wallet.Unit.MICROS:
        return f"{money.text(amount)} {wallet.currency}"
    return _("%d parts") % amount
