"""Money is an integer: micros (1,000,000 = one unit of the currency) or parts of a package."""

from decimal import Decimal, InvalidOperation
from typing import Any

MICROS = 1_000_000
# A bigint holds 9.2e18 micros; one amount stays far below, so that sums of millions do too.
LARGEST_MICROS = 10**15


def to_micros(amount: str | Decimal) -> int:
    """Raises ValueError for what is no exact number of micros, or too large to be meant."""
    try:
        micros = Decimal(amount) * MICROS
    except InvalidOperation as error:
        raise ValueError(f"not an amount: {amount!r}") from error
    if not micros.is_finite() or micros != micros.to_integral_value():
        raise ValueError(f"finer than one micro: {amount!r}")
    if abs(micros) > LARGEST_MICROS:
        raise ValueError(f"too large: {amount!r}")
    return int(micros)


def to_decimal(micros: int) -> Decimal:
    return Decimal(micros) / MICROS


def text(micros: int) -> str:
    """At least two decimals, at most six, exact: '0.045', '12.00', '-1.50'."""
    sign = "-" if micros < 0 else ""
    whole, fraction = divmod(abs(micros), MICROS)
    digits = f"{fraction:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}{whole}.{digits}"


def as_json(micros: int, currency: str) -> dict[str, Any]:
    return {"amount": text(micros), "currency": currency}
