"""What one version of a price list changes against another, destination by destination."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from billing.models import PriceVersion, Rate
from billing.services import rate_rows
from smsplatform.core import money

CLASS_LABELS = {
    "verification": _("verification"),
    "notice": _("notice"),
    "marketing": _("marketing"),
}
_COUNTED_AS = _("counted as %(scope)s")
_FLOOR = _("floor %(price)s")
_STEP = _("above %(parts)s parts: %(price)s")


@dataclass(frozen=True, slots=True)
class Change:
    """Of one destination, which `named` names too; None where a version does not price it."""

    currency: str
    named: Rate
    before: Rate | None
    after: Rate | None

    @property
    def where(self) -> tuple[str, ...]:
        """Country, prefix, class and route; empty means any."""
        rate = self.named
        label = str(CLASS_LABELS.get(rate.message_class, ""))
        return rate.country, rate.prefix, label, str(rate.get_route_display())

    @property
    def told_before(self) -> list[str]:
        return _told(self.before, self.currency)

    @property
    def told_after(self) -> list[str]:
        return _told(self.after, self.currency)

    @property
    def difference(self) -> str:
        """Of the price of a month's first parts; nothing where there is none to compare."""
        if self.before is None or self.after is None:
            return ""
        micros = self.after.price_micros - self.before.price_micros
        sign = "+" if micros > 0 else ""
        return f"{sign}{money.text(micros)} {self.currency}" if micros else ""


def _told(rate: Rate | None, currency: str) -> list[str]:
    """As people say it, the price first."""
    if rate is None:
        return []
    said = [f"{money.text(rate.price_micros)} {currency}", str(rate.get_basis_display())]
    if rate.floor_micros:
        said.append(_FLOOR % {"price": f"{money.text(rate.floor_micros)} {currency}"})
    if rate.tier_mode:
        said += [str(rate.get_tier_mode_display()), _COUNTED_AS % {"scope": rate.tier_scope}]
    for parts, price in rate.tiers:
        said.append(_STEP % {"parts": f"{parts:,}", "price": f"{money.text(price)} {currency}"})
    return said


def other_in_force(*, version: PriceVersion, now: datetime) -> PriceVersion | None:
    """What a version replaces: what is in force of its list, or was until this one was."""
    others = PriceVersion.objects.exclude(pk=version.pk).filter(list_id=version.list_id)
    return others.in_force(now).select_related("list").first()


def compare(
    *,
    before: PriceVersion | None,
    after: PriceVersion,
    country: str = "",
    message_class: str = "",
) -> list[Change]:
    """What is not the same, by destination; at most two queries."""
    named = {"country": country, "message_class": message_class}
    only = {name: value for name, value in named.items() if value}
    old = _by_destination(before.rates.filter(**only) if before else ())
    new = _by_destination(after.rates.filter(**only))
    currency = after.list.currency
    return [
        Change(currency, new.get(key) or old[key], old.get(key), new.get(key))
        for key in sorted(old.keys() | new.keys())
        if _content(old.get(key)) != _content(new.get(key))
    ]


def _by_destination(rates: Iterable[Rate]) -> dict[tuple[str, str, str, str], Rate]:
    return {rate_rows.destination(rate): rate for rate in rates}


def _content(rate: Rate | None) -> Sequence[object]:
    return [getattr(rate, name) for name in Rate.CONTENT] if rate else []
