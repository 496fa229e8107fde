"""What accounts may say now: their approved signatures and templates, for many accounts at once."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q

from smsplatform.core.remember import each_for_a_second
from templates_app.models import Signature, Template
from templates_app.services import locales, rendering, tails
from templates_app.services.tails import Table
from templates_app.states import ReviewState

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class UsableTemplate:
    id: int
    message_class: str
    market: str
    locale: str
    is_approved: bool
    compiled: rendering.Compiled


@dataclass(frozen=True, slots=True)
class Wordings:
    """A template in its languages, the main one first; `names` are all parameters of them."""

    each: Sequence[UsableTemplate]
    names: frozenset[str]

    @property
    def message_class(self) -> str:
        return self.each[0].message_class

    def usable(self, *, is_sandbox: bool) -> Sequence[UsableTemplate]:
        """The sandbox asks for no review."""
        return [one for one in self.each if is_sandbox or one.is_approved]

    def choose(self, *, locale: str, country: str, is_sandbox: bool) -> UsableTemplate | None:
        """None where nothing but the main language would do, and that may not be sent."""
        usable = self.usable(is_sandbox=is_sandbox)
        texts = {one.locale: one for one in usable} if len(self.each) > 1 else {}
        found = locales.choose(texts, wanted=locale, country=country)
        return found or next((one for one in usable if one is self.each[0]), None)


@dataclass(frozen=True, slots=True)
class UsableSignature:
    """`filings` are states by operator, empty where nothing is filed."""

    id: int
    text: str
    kind: str
    market: str
    is_approved: bool
    filings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Templates by (account, code), signatures by account, oldest first; what is appended where."""

    templates: Mapping[tuple[int, str], Wordings]
    signatures: Mapping[int, Sequence[UsableSignature]]
    tails: Table

    def signature(self, account_id: int, text: str) -> UsableSignature | None:
        found = self.signatures.get(account_id, ())
        return next((one for one in found if one.text == text), None)

    def default_signature(self, account_id: int) -> UsableSignature | None:
        """The account's only approved one: who has several must say which."""
        approved = [one for one in self.signatures.get(account_id, ()) if one.is_approved]
        return approved[0] if len(approved) == 1 else None

    def first_signature(self, account_id: int) -> UsableSignature | None:
        """The oldest one, reviewed or not."""
        return next(iter(self.signatures.get(account_id, ())), None)


def load(*, account_ids: Collection[int], codes: Collection[tuple[int, str]]) -> Catalogue:
    """At most three queries, whatever the number of requests; what was asked within the last second
    is remembered. `codes` are pairs of an account and a template's code.

    Withdrawn and rejected ones are told apart from unknown ones, so that the refusal can say so.
    """
    return Catalogue(_templates(codes), _signatures(account_ids), tails.table())


@each_for_a_second
def _templates(codes: Collection[tuple[int, str]]) -> dict[tuple[int, str], Wordings]:
    accounts, names = (
        {account_id for account_id, _code in codes},
        {code for _account, code in codes},
    )
    rows = Template.objects.filter(account__in=accounts, code__in=names)
    found: dict[tuple[int, str], list[UsableTemplate]] = {}
    for template in rows.order_by("-is_main", "id"):
        found.setdefault((template.account_id, template.code), []).append(_usable(template))
    return {key: _wordings(each) for key, each in found.items()}


def _wordings(each: Sequence[UsableTemplate]) -> Wordings:
    return Wordings(each, frozenset(name for one in each for name in one.compiled.types))


@each_for_a_second
def _signatures(account_ids: Collection[int]) -> dict[int, list[UsableSignature]]:
    found: dict[int, list[UsableSignature]] = {account_id: [] for account_id in account_ids}
    is_there = Q(filings__isnull=False)
    filed = [
        ArrayAgg(f"filings__{name}", filter=is_there, default=[]) for name in ("operator", "state")
    ]
    rows = Signature.objects.filter(account__in=account_ids).order_by("id")
    for signature in rows.annotate(operators=filed[0], filed=filed[1]):
        found[signature.account_id].append(
            UsableSignature(
                id=signature.id,
                text=signature.text,
                kind=signature.kind,
                market=signature.market,
                is_approved=signature.state == ReviewState.APPROVED,
                filings=dict(zip(signature.operators, signature.filed, strict=True)),
            )
        )
    return found


def _usable(template: Template) -> UsableTemplate:
    """One that cannot be read is as good as not approved: it must not harm other accounts."""
    is_approved = template.state == ReviewState.APPROVED
    try:
        compiled = rendering.compiled(template.body, variables_of(template))
    except (LookupError, TypeError):
        log.exception("template %s cannot be rendered", template.pk)
        compiled, is_approved = rendering.Compiled((), {}), False
    return UsableTemplate(
        id=template.pk,
        message_class=template.message_class,
        market=template.market,
        locale=template.locale,
        is_approved=is_approved,
        compiled=compiled,
    )


def variables_of(template: Template) -> tuple[tuple[str, str], ...]:
    return tuple((variable["name"], variable["type"]) for variable in template.variables)
