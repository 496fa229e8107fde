"""The staff desk of what is sold: offers, coupons, and who agreed to automatic top-ups."""

from types import MappingProxyType
from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from billing.admin.showing import Shown
from billing.models import AutoTopup, Coupon, Offer
from smsplatform.core import money
from smsplatform.core.admin import Audited


@admin.register(Offer)
class OfferAdmin(Audited):
    """Orders keep a copy: what is changed here changes nothing that was bought."""

    list_display = (
        "name", "package", "currency", "least", "most", "refund_rule", "is_on_sale", "is_sample",
    )  # fmt: skip
    list_select_related = ("package",)
    ordering = ("position", "id")

    @admin.display(description=_("least"))
    def least(self, offer: Offer) -> str:
        return money.text(offer.least_micros)

    @admin.display(description=_("most"))
    def most(self, offer: Offer) -> str:
        return money.text(offer.most_micros)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Coupon)
class CouponAdmin(Audited):
    """Orders keep what it took off. One that was used stays."""

    list_display = ("code", "percent", "off", "currency", "offer", "starts_at", "ends_at", "uses")
    list_select_related = ("offer",)
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Coupon]:
        coupons: QuerySet[Coupon] = super().get_queryset(request).annotate(orders=Count("order"))
        return coupons

    @admin.display(description=_("off"))
    def off(self, coupon: Coupon) -> str:
        return money.text(coupon.off_micros)

    @admin.display(description=_("used"))
    def uses(self, coupon: Any) -> str:
        return f"{coupon.orders} / {coupon.most_uses}"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code", "percent", "off_micros", "currency", "offer") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AutoTopup)
class AutoTopupAdmin(Shown):
    """What customers agreed to; the cards themselves are the provider's."""

    list_display = ("account", "is_on", "below", "amount", "method_label", "stopped_by")
    list_select_related = ("account",)
    list_filter = ("is_on",)
    exact_search = ("account_id",)
    ordering = ("-account_id",)
    shown_as = MappingProxyType(
        {"below_micros": "below", "amount_micros": "amount", "month_most_micros": "month_most"}
    )

    @admin.display(description=_("below"))
    def below(self, plan: AutoTopup) -> str:
        return f"{money.text(plan.below_micros)} {plan.account.currency}"

    @admin.display(description=_("amount"))
    def amount(self, plan: AutoTopup) -> str:
        return f"{money.text(plan.amount_micros)} {plan.account.currency}"

    @admin.display(description=_("at most in 30 days"))
    def month_most(self, plan: AutoTopup) -> str:
        return f"{money.text(plan.month_most_micros)} {plan.account.currency}"
