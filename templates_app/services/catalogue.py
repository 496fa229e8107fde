"""What accounts may say now: their approved signatures and templates, for many accounts at once."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q

from smsplatform.core.remember import each_for_a_second
from templates_app.models import Signature, Template
from templates_app.services import rendering, tails
from templates_app.services.tails import Table
from templates_app.states import ReviewState

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class UsableTemplate:
    id: int
    message_class: str
    market: str
    is_approved: bool
    compiled: rendering.Compiled


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

    templates: Mapping[tuple[int, str], UsableTemplate]
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
def _templates(codes: Collection[tuple[int, str]]) -> dict[tuple[int, str], UsableTemplate]:
    accounts, names = (
        {account_id for account_id, _code in codes},
        {code for _account, code in codes},
    )
    found = Template.objects.filter(account__in=accounts, code__in=names)
    return {(template.account_id, template.code): _usable(template) for template in found}


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
        is_approved=is_approved,
        compiled=compiled,
    )


def variables_of(template: Template) -> tuple[tuple[str, str], ...]:
    return tuple((variable["name"], variable["type"]) for variable in template.variables)
