"""A price in the words of a spreadsheet: how a row is read, and how it is written.

    country,prefix,class,route,price,floor,basis,tier_mode,counted_as,tiers
    CN,,marketing,,0.055,0.040,delivered,marginal,CN,1000000:0.050 3000000:0.045

Empty means any; a tier is "above so many parts of the month: this price".
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from billing.models import Rate
from billing.services.pricing import CLASSES
from smsplatform.core import money
from smsplatform.core.errors import DomainError, Invalid, Problem

COLUMNS = (
    "country", "prefix", "class", "route", "price", "floor", "basis", "tier_mode", "counted_as",
    "tiers",
)  # fmt: skip
_NEEDED = {"country", "price"}
MOST_ROWS = 20_000
MOST_TIERS = 20
_LONGEST_COUNT = 12
LARGEST_FILE = 2 * 1024 * 1024

_FIELDS = {"class": "message_class", "counted_as": "tier_scope"}
_COLUMNS = {field: column for column, field in _FIELDS.items()}


class NotATable(DomainError):
    code = "table_invalid"
    status = 422
    message = _("The first line has to name columns, country and price among them; found: {found}.")


class TooManyRows(DomainError):
    code = "table_too_long"
    status = 422
    message = _("A list has at most {most} prices.")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file: the price that it makes, or what is wrong with it."""

    number: int
    asked: Mapping[str, str]
    rate: Rate | None
    problems: Sequence[Problem] = ()


def read_all(text: str) -> list[Line]:
    """Raises for what is no table; a bad line only says so."""
    table = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    head = [name.strip().lower() for name in next(table, [])]
    if not head or not _NEEDED <= set(head) <= set(COLUMNS) or len(set(head)) < len(head):
        raise NotATable(found=", ".join(head)[:200])
    lines = list(_lines(table, head))
    if len(lines) > MOST_ROWS:
        raise TooManyRows(most=MOST_ROWS)
    return _without_twins(lines)


def _lines(table: Iterator[list[str]], head: Sequence[str]) -> Iterator[Line]:
    for number, cells in enumerate(table, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        asked = dict(zip(head, (cell.strip() for cell in cells), strict=False))
        if len(cells) != len(head):
            yield Line(number, asked, None, [Problem("cells", _WRONG_LENGTH)])
            continue
        try:
            yield Line(number, asked, read(asked))
        except Invalid as invalid:
            yield Line(number, asked, None, invalid.errors)


_WRONG_LENGTH = _("This line has not as many cells as the first.")
_TWIN = _("Line {line} prices the same already.")


def _without_twins(lines: Sequence[Line]) -> list[Line]:
    first: dict[tuple[str, ...], int] = {}
    checked = []
    for line in lines:
        rate = line.rate
        if rate is not None:
            key = destination(rate)
            if key in first:
                twin = Problem("twin", _TWIN, "country", {"line": first[key]})
                line = Line(line.number, line.asked, None, [twin])
            first.setdefault(key, line.number)
        checked.append(line)
    return checked


def destination(rate: Rate) -> tuple[str, str, str, str]:
    return rate.country, rate.prefix, rate.message_class, rate.route


def read(asked: Mapping[str, str]) -> Rate:
    """Raises Invalid with everything that is wrong; fields are named as the columns are."""
    problems: list[Problem] = []
    tiers = _tiers(asked.get("tiers", ""), problems)
    mode = asked.get("tier_mode", "").lower()
    rate = Rate(
        country=asked.get("country", "").upper(),
        prefix=asked.get("prefix", "").removeprefix("+"),
        message_class=asked.get("class", "").lower(),
        route=asked.get("route", "").lower(),
        price_micros=_micros(asked.get("price", ""), "price", problems),
        floor_micros=_micros(asked.get("floor", "") or "0", "floor", problems),
        basis=asked.get("basis", "").lower() or Rate.Basis.DELIVERED.value,
        tier_mode=mode,
        tier_scope=_scope(asked) if mode else "",
        tier_parts=[parts for parts, _price in tiers],
        tier_micros=[price for _parts, price in tiers],
    )
    problems += _problems(rate)
    if problems:
        raise Invalid(errors=problems)
    return rate


def _scope(asked: Mapping[str, str]) -> str:
    """What is not said is counted by country."""
    return asked.get("counted_as", "") or asked.get("country", "").upper() or "*"


def write(rate: Rate) -> dict[str, str]:
    return {
        "country": rate.country,
        "prefix": rate.prefix,
        "class": rate.message_class,
        "route": rate.route,
        "price": money.text(rate.price_micros),
        "floor": money.text(rate.floor_micros) if rate.floor_micros else "",
        "basis": rate.basis,
        "tier_mode": rate.tier_mode,
        "counted_as": rate.tier_scope,
        "tiers": " ".join(f"{parts}:{money.text(price)}" for parts, price in rate.tiers),
    }


def _micros(text: str, field: str, problems: list[Problem]) -> int:
    try:
        micros = money.to_micros(text)
    except ValueError:
        micros = -1
    if micros < 0 or not text.isascii():
        problems.append(Problem("amount", _AMOUNT, field))
        return 0
    return micros


_AMOUNT = _("Write an amount such as 0.045, with at most six decimals.")
_TIERS = _("Write tiers as parts:price, such as 1000000:0.060 3000000:0.055.")
_CHEAPER = _("Tiers have to begin later and cost less, one after the other.")
_MODE = _("Tiers need a tier_mode, and a tier_mode needs tiers.")
_CLASS = _("There is no such class.")
_BELOW = _("A price, of a tier too, may not be below the floor.")


def _tiers(text: str, problems: list[Problem]) -> list[tuple[int, int]]:
    found = []
    for word in text.split():
        parts, _colon, price = word.partition(":")
        try:
            if len(parts) > _LONGEST_COUNT:
                raise ValueError(parts)
            found.append((int(parts), money.to_micros(price)))
        except ValueError:
            problems.append(Problem("tiers", _TIERS, "tiers"))
            return []
    return found


def _problems(rate: Rate) -> Iterator[Problem]:
    try:
        rate.clean_fields(exclude=["version", "tier_parts", "tier_micros"])
    except ValidationError as error:
        for field, messages in error.message_dict.items():
            yield Problem("invalid", messages[0], _COLUMNS.get(field, field))
    if rate.message_class and rate.message_class not in CLASSES:
        yield Problem("class", _CLASS, "class")
    if bool(rate.tier_mode) != bool(rate.tier_parts) or len(rate.tier_parts) > MOST_TIERS:
        yield Problem("tier_mode", _MODE, "tier_mode")
    steps: list[Any] = [(0, rate.price_micros), *rate.tiers]
    rises = all(
        one[0] < two[0] and one[1] > two[1] for one, two in zip(steps, steps[1:], strict=False)
    )
    if not rises:
        yield Problem("tiers", _CHEAPER, "tiers")
    if min(price for _parts, price in steps) < rate.floor_micros:
        yield Problem("floor", _BELOW, "floor")
