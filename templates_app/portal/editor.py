"""The part of the editor that follows the text: a type for each variable, an owner for each link
and number that it names, and what the rules say of it all."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from django.utils.text import capfirst

from accounts.models import Account
from smsplatform.core.text import links
from smsplatform.core.text.normalise import GAP
from templates_app import access
from templates_app.models import BoundItem, MessageClass, Template, TemplateVersion
from templates_app.portal.forms import TemplateForm
from templates_app.services import packs, rendering
from templates_app.services.checking import Checked
from templates_app.services.drafting import Bound, TemplateFields
from templates_app.services.variables import TYPES

# What a name in the text probably means.
_GUESSES = {
    "code": ("code", "otp", "pin", "captcha"),
    "name": ("name", "user", "nick", "customer"),
    "time": ("time", "date", "day", "hour"),
    "amount": ("amount", "money", "price", "sum", "fee", "balance"),
    "phone": ("phone", "tel", "mobile"),
    "tracking": ("track", "express", "waybill"),
    "address": ("addr", "place"),
    "number": ("order", "number", "no", "id"),
}


@dataclass(frozen=True, slots=True)
class Typed:
    """A variable of the text. `choices` are types with their names."""

    name: str
    chosen: str
    choices: list[tuple[str, str]]
    hint: str


@dataclass(frozen=True, slots=True)
class Named:
    """A link or number of the text; who says whose it is binds it. `key` names its fields: the
    same wherever it stands in the text, so that what is being typed there stays."""

    key: str
    kind: str
    value: str
    owner: str = ""
    owner_number: str = ""
    icp_number: str = ""

    @property
    def is_link(self) -> bool:
        return self.kind == BoundItem.Kind.LINK


@dataclass(frozen=True, slots=True)
class Editor:
    form: TemplateForm
    typed: list[Typed]
    named: list[Named]
    checked: Checked | None
    fields: TemplateFields


def of(
    account: Account,
    template: Template | None,
    version: TemplateVersion | None,
    data: Any = None,
    *,
    is_translation: bool = False,
) -> Editor:
    """As it was kept, or as it was just written in `data`."""
    form = TemplateForm.of(account, template, data, is_translation=is_translation)
    if version is not None:
        form.initial = {**form.initial, "body": version.body, "remark": version.remark}
    said = {name: _said(form, name) for name in form.fields}
    typed = _typed(said["body"], said["market"], data or _kept_types(version))
    named = _named(said["body"], data or _kept_owners(version))
    fields = TemplateFields(
        **said,
        variables=tuple((one.name, one.chosen) for one in typed),
        bound=tuple(_bound(one) for one in named if one.owner),
    )
    is_known = fields.message_class in MessageClass.values and bool(fields.body)
    return Editor(form, typed, named, access.check(account, fields) if is_known else None, fields)


def _said(form: TemplateForm, name: str) -> str:
    value = str(form[name].value() or "")
    if name == "market" and value not in packs.MARKETS:
        return packs.MARKETS[0]
    # Browsers send two characters for one line break.
    return value.replace("\r\n", "\n") if name == "body" else value.strip()


def _typed(body: str, market: str, said: Mapping[str, Any]) -> list[Typed]:
    names = dict.fromkeys(place[1] for place in rendering.PLACEHOLDER.finditer(body))
    allowed = packs.of(market).types
    choices = [
        (kind, capfirst(str(known.label))) for kind, known in TYPES.items() if kind in allowed
    ]
    return [_one_typed(name, choices, said) for name in names]


def _one_typed(name: str, choices: list[tuple[str, str]], said: Mapping[str, Any]) -> Typed:
    chosen = str(said.get(f"type-{name}", ""))
    if chosen not in dict(choices):
        chosen = _guess(name)
    return Typed(name, chosen, choices, str(TYPES[chosen].hint))


def _guess(name: str) -> str:
    word = name.lower()
    guesses = (kind for kind, marks in _GUESSES.items() if any(mark in word for mark in marks))
    return next(guesses, "text")


def _named(body: str, said: Mapping[str, Any]) -> list[Named]:
    fixed = rendering.without_variables(body)
    found = [
        # Of a link that ends in a variable: what stands before it.
        *((BoundItem.Kind.LINK.value, one.text.split(GAP)[0]) for one in links.links(fixed)),
        *((BoundItem.Kind.NUMBER.value, one.text) for one in links.numbers(fixed)),
    ]
    owners = _owners(said)
    return [
        Named(_key(value), kind, value, *owners.get(value, ()))
        for kind, value in dict.fromkeys(found)
    ]


def _key(value: str) -> str:
    return f"{crc32(value.encode(errors='replace')):x}"


def _owners(said: Mapping[str, Any]) -> dict[str, tuple[str, str, str]]:
    """By link or number, whatever place it had in the text before."""
    places = [name.removeprefix("bound-") for name in said if name.startswith("bound-")]
    return {
        str(said[f"bound-{place}"]): (
            str(said.get(f"owner-{place}", "")).strip(),
            str(said.get(f"owner_number-{place}", "")).strip(),
            str(said.get(f"icp_number-{place}", "")).strip(),
        )
        for place in places
    }


def _kept_types(version: TemplateVersion | None) -> dict[str, str]:
    kept = version.variables if version else []
    return {f"type-{one['name']}": one["type"] for one in kept}


def _kept_owners(version: TemplateVersion | None) -> dict[str, str]:
    kept: dict[str, str] = {}
    for place, one in enumerate(version.bound.all() if version else ()):
        kept |= {
            f"bound-{place}": one.value,
            f"owner-{place}": one.owner,
            f"owner_number-{place}": one.owner_number,
            f"icp_number-{place}": one.icp_number,
        }
    return kept


def _bound(one: Named) -> Bound:
    return Bound(one.kind, one.value, one.owner, one.owner_number, one.icp_number)
