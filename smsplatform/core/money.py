"""Money is an integer: micros (1,000,000 = one unit of the currency) or parts of a package."""

from decimal import (
    Context,
    Decimal,
    DecimalException,
    Inexact,
    InvalidOperation,
    localcontext,
)
from typing import Any

MICROS = 1_000_000
# A bigint holds 9.2e18 micros; one amount stays far below, so that sums of millions do too.
LARGEST_MICROS = 10**15
# Rounding is an error here: what is finer than one micro is refused, not lost.
_EXACT = Context(traps=[Inexact, InvalidOperation])


def to_micros(amount: str | Decimal) -> int:
    """Raises ValueError for what is no exact number of micros, or too large to be meant."""
    try:
        exact = Decimal(amount)
        if abs(exact) > LARGEST_MICROS // MICROS:
            raise ValueError(f"too large: {amount!r}")
        with localcontext(_EXACT):
            return int((exact * MICROS).to_integral_exact())
    except DecimalException as error:
        raise ValueError(f"no amount in whole micros: {amount!r}") from error


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
