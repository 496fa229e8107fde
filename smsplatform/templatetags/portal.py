"""How pages write money, times, numbers and states, in the reader's language, and what their
shell asks."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import phonenumbers
from django import template
from django.forms import BoundField, CheckboxInput, Select
from django.forms.boundfield import BoundWidget
from django.template.context import Context
from django.utils import numberformat, timezone
from django.utils.formats import date_format, get_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext

from messaging.states import State
from smsplatform import components
from smsplatform import navigation as ways
from smsplatform import theme as themes
from smsplatform.core import clock, ids, regions, tones
from smsplatform.core import money as core_money

register = template.Library()

# As CLDR writes them: a currency is bare only where it is at home.
_SYMBOLS = {
    "en": {"CNY": "CN¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$"},
    "zh-hans": {"CNY": "¥", "USD": "US$", "EUR": "€", "GBP": "£", "HKD": "HK$"},
}


@register.simple_tag
def money(micros: int, currency: str) -> str:
    """Exact: at least two decimals, at most six."""
    amount = core_money.text(abs(micros))
    decimals = len(amount.partition(".")[2])
    digits = _digits(Decimal(amount), decimals)
    symbol = _SYMBOLS.get(get_language() or "en", {}).get(currency, f"{currency} ")
    return f"{'−' if micros < 0 else ''}{symbol}{digits}"


@register.filter
def count(number: int) -> str:
    return _digits(number, 0)


@register.simple_tag
def instant(moment: datetime, seconds: bool = False) -> SafeString:
    """In the zone that the view made current; to the second where things follow each other fast."""
    local = timezone.localtime(moment)
    shape = (
        pgettext("date format with seconds", "j M, H:i:s")
        if seconds
        else pgettext("date format", "j M Y, H:i")
    )
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(timespec="milliseconds"),
        f"{local:%Y-%m-%d %H:%M:%S} {local.tzname()}",
        date_format(local, shape, use_l10n=False),
    )


@register.filter
def day(value: date | datetime) -> str:
    if isinstance(value, datetime):
        value = timezone.localtime(value)
    return date_format(value, pgettext("date format", "j M Y"), use_l10n=False)


@register.filter
def number(e164: str, shown: bool) -> str:
    """Spaced as its country reads it, or masked."""
    if not shown:
        return f"{e164[:6]}****{e164[-4:]}"
    try:
        parsed = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


@register.filter
def region(code: str) -> str:
    return regions.name(code)


@register.filter
def accepted_at(message_id: UUID) -> datetime:
    """An id tells when it was made."""
    return ids.instant_of(message_id)


@register.filter
def state_label(state: str) -> str:
    """The public word: what is uncertain inside is still being sent for the customer."""
    return str(State(State.SENDING if state == State.UNCERTAIN else state).label)


@register.filter
def state_tone(state: str) -> str:
    return tones.of(state)


@register.filter
def control(field: BoundField) -> SafeString:
    """The field's widget, dressed."""
    widget = field.field.widget
    if isinstance(widget, CheckboxInput):
        dress = "form-check-input"
    else:
        dress = "form-select" if isinstance(widget, Select) else "form-control"
    return field.as_widget(attrs={"class": dress})


@register.filter
def choices(field: BoundField) -> Iterator[BoundWidget]:
    """The radio buttons or boxes of a field, dressed."""
    for each in field:
        each.data["attrs"]["class"] = "form-check-input"
        yield each


@register.filter
def is_box(field: BoundField) -> bool:
    """One box to tick, whose label stands behind it."""
    return isinstance(field.field.widget, CheckboxInput)


@register.simple_tag(takes_context=True)
def navigation(context: Context, member: ways.Reader) -> Any:
    """The groups of links that this member may follow from here."""
    request = context.get("request")
    return ways.shown(reader=member, path=request.path if request else "")


@register.simple_tag(takes_context=True)
def theme(context: Context) -> str:
    """`light`, `dark`, or nothing where the system decides."""
    request = context.get("request")
    return themes.of(request) if request else ""


@register.simple_tag
def date_stretches() -> list[components.Stretch]:
    """In the zone that the view made current."""
    return components.stretches(timezone.localdate(clock.now()))


def _digits(number: int | Decimal, decimals: int) -> str:
    """Django groups no digits in Chinese; money there is written with commas all the same."""
    return numberformat.format(
        number,
        get_format("DECIMAL_SEPARATOR"),
        decimals,
        grouping=3,
        thousand_sep=get_format("THOUSAND_SEPARATOR") or ",",
        force_grouping=True,
    )
