"""As whom a message abroad comes: what was registered for the country, else a name that it takes.

The rules are those that aggregators publish; they change often, so staff keep them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from smsplatform.core.errors import DomainError
from smsplatform.core.remember import for_a_second
from templates_app.models import SenderID, SenderRule

LONGEST_NAME = 11

# Letters that every carrier's alphabet has; digits alone would be a number.
_NAME = re.compile(r"(?=.*[A-Za-z])[0-9A-Za-z](?:[0-9A-Za-z &.'_-]*[0-9A-Za-z])?")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_SHORT_CODE = re.compile(r"[0-9]{3,8}")

_NO_NAMES = ("US", "CA", "BR", "MX", "AR", "CO", "KR", "MY", "NZ", "TW", "ZA")
_REGISTERED_NAMES = ("SG", "IN", "AE", "SA", "QA", "KW", "TR", "RU", "ID", "TH", "VN", "PH", "AU")
_LONGEST_NAMES = {"IN": 6}


class Form(StrEnum):
    NAME = "name"
    NUMBER = "number"
    SHORT_CODE = "short_code"


class SenderInvalid(DomainError):
    code = "sender_invalid"
    status = 422
    message = _(
        "Write a name of up to {most} letters, digits, spaces and & . ' _ -, a number like"
        " +447700900123, or a short code of 3 to 8 digits."
    )


class SenderNotTaken(DomainError):
    code = "sender_not_taken"
    status = 422
    message = _("The country's operators take no such sender; see its rule.")


@dataclass(frozen=True, slots=True)
class Rule:
    forms: frozenset[Form] = frozenset(Form)
    longest_name: int = LONGEST_NAME
    must_register: bool = False

    def takes(self, address: str) -> bool:
        form = form_of(address)
        is_short = form != Form.NAME or len(address) <= min(self.longest_name, LONGEST_NAME)
        return form in self.forms and is_short


@dataclass(frozen=True, slots=True)
class Table:
    """Rules by country, sender IDs by signature and country."""

    rules: Mapping[str, Rule] = field(default_factory=dict)
    ids: Mapping[tuple[int, str], str] = field(default_factory=dict)

    def address(self, *, signature_id: int, name: str, country: str) -> str:
        """Empty where the carrier has to choose. `name` is the signature's own."""
        rule = self.rules.get(country) or self.rules.get("")
        if rule is None:
            return ""
        wanted = [self.ids.get((signature_id, country), "")]
        if not rule.must_register:
            # A signature of digits would pass for somebody's number.
            own = name if form_of(name) == Form.NAME else ""
            wanted += [self.ids.get((signature_id, ""), ""), own]
        return next((one for one in wanted if rule.takes(one)), "")


def form_of(address: str) -> Form | None:
    if _NAME.fullmatch(address):
        return Form.NAME
    if _NUMBER.fullmatch(address):
        return Form.NUMBER
    return Form.SHORT_CODE if _SHORT_CODE.fullmatch(address) else None


def check(*, address: str, country: str) -> None:
    """Whether it may be written down for that country, empty for every other one."""
    form = form_of(address)
    if form is None or (form == Form.NAME and len(address) > LONGEST_NAME):
        raise SenderInvalid(field="address", most=LONGEST_NAME)
    rules = _rules()
    rule = rules.get(country) or rules.get("") or Rule()
    if not rule.takes(address):
        raise SenderNotTaken(field="address")


@for_a_second
def table() -> Table:
    rows = SenderID.objects.filter(is_active=True)
    ids = {(row.signature_id, row.country): row.address for row in rows}
    return Table(_rules(), ids)


def install() -> None:
    """On a platform that has none yet."""
    if not SenderRule.objects.exists():
        SenderRule.objects.bulk_create(
            [
                SenderRule(country=""),
                *(
                    SenderRule(country=country, takes_names=False, must_register=True)
                    for country in _NO_NAMES
                ),
                *(
                    SenderRule(
                        country=country,
                        must_register=True,
                        longest_name=_LONGEST_NAMES.get(country, LONGEST_NAME),
                    )
                    for country in _REGISTERED_NAMES
                ),
            ]
        )


def _rules() -> dict[str, Rule]:
    return {row.country: _rule(row) for row in SenderRule.objects.all()}


def _rule(row: SenderRule) -> Rule:
    taken = {
        Form.NAME: row.takes_names,
        Form.NUMBER: row.takes_numbers,
        Form.SHORT_CODE: row.takes_short_codes,
    }
    forms = frozenset(form for form, is_taken in taken.items() if is_taken)
    return Rule(forms, row.longest_name, row.must_register)
