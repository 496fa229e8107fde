"""A table of prices becomes a draft: all of it, or nothing and what is wrong with which line."""

import csv
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from billing.models import PriceList, PriceVersion
from billing.services import pricebook, rate_rows
from billing.services.rate_rows import Line
from smsplatform.core.errors import DomainError, Invalid, Problem

# Who has more to mend sees the rest when these are mended.
MOST_TOLD = 50
_AT_LINE = _("Line {line}: {sentence}")


class NotText(DomainError):
    code = "table_not_text"
    status = 422
    message = _("Save the table as CSV in UTF-8.")


class TooLarge(DomainError):
    code = "table_too_large"
    status = 422
    message = _("A table of prices has at most 2 MB.")


def read_in(
    *, of: PriceList, content: bytes, valid_from: datetime, by: User, note: str
) -> PriceVersion:
    """Raises Invalid with the lines that are not understood; a draft charges nobody."""
    lines = _lines(content)
    problems = [_told(line, problem) for line in lines for problem in line.problems]
    if problems:
        raise Invalid(errors=problems[:MOST_TOLD])
    rates = [line.rate for line in lines if line.rate is not None]
    if not rates:
        raise pricebook.NoPrices
    return pricebook.draft(of=of, valid_from=valid_from, rates=rates, by=by, note=note)


def _lines(content: bytes) -> list[Line]:
    try:
        return rate_rows.read_all(_text(content))
    except csv.Error:
        # A cell of more than 128 KB.
        raise NotText from None


def _text(content: bytes) -> str:
    if len(content) > rate_rows.LARGEST_FILE:
        raise TooLarge
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotText from None
    if "\0" in text:
        raise NotText
    return text


def _told(line: Line, problem: Problem) -> Problem:
    facts = {"line": line.number, "sentence": problem.sentence()}
    return Problem(problem.code, _AT_LINE, problem.field, facts)
