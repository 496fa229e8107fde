"""Amounts as payment providers write them: whole smallest units of a currency."""

from smsplatform.core.money import MICROS

# ISO 4217: those without a smaller unit. Every other that we price in has a hundredth.
_WITHOUT_CENTS = frozenset(
    [
        *("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA"),
        *("PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"),
    ]
)


def unit_micros(currency: str) -> int:
    return MICROS if currency in _WITHOUT_CENTS else MICROS // 100


def of_micros(micros: int, currency: str) -> int:
    """Raises ValueError for what cannot be paid exactly."""
    whole, rest = divmod(micros, unit_micros(currency))
    if rest:
        raise ValueError(f"{micros} micros of {currency} are no whole payment")
    return whole


def to_micros(units: int, currency: str) -> int:
    return units * unit_micros(currency)
