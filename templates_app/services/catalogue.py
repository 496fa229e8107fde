"""What accounts may say now: their approved signatures and templates, for many accounts at once."""

import logging
from collections.abc import Collection
from dataclasses import dataclass

from templates_app.models import Signature, Template
from templates_app.services import rendering
from templates_app.states import ReviewState

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class UsableTemplate:
    id: int
    message_class: str
    is_approved: bool
    compiled: rendering.Compiled


@dataclass(frozen=True, slots=True)
class UsableSignature:
    id: int
    text: str
    is_approved: bool


@dataclass(frozen=True, slots=True)
class Catalogue:
    """By (account, code) and (account, text); signatures also by account, oldest first."""

    templates: dict[tuple[int, str], UsableTemplate]
    signatures: dict[tuple[int, str], UsableSignature]

    def default_signature(self, account_id: int) -> UsableSignature | None:
        """The account's only approved one: who has several must say which."""
        approved = [
            signature
            for (owner, _text), signature in self.signatures.items()
            if owner == account_id and signature.is_approved
        ]
        return approved[0] if len(approved) == 1 else None


def load(*, account_ids: Collection[int], codes: Collection[str]) -> Catalogue:
    """Two queries, whatever the number of requests. Withdrawn and rejected ones are told apart
    from unknown ones, so that the refusal can say so."""
    templates = Template.objects.filter(account__in=account_ids, code__in=codes)
    signatures = Signature.objects.filter(account__in=account_ids).order_by("id")
    return Catalogue(
        templates={
            (template.account_id, template.code): _usable(template) for template in templates
        },
        signatures={
            (signature.account_id, signature.text): UsableSignature(
                signature.id, signature.text, signature.state == ReviewState.APPROVED
            )
            for signature in signatures
        },
    )


def _usable(template: Template) -> UsableTemplate:
    """One that cannot be read is as good as not approved: it must not harm other accounts."""
    is_approved = template.state == ReviewState.APPROVED
    try:
        compiled = rendering.compiled(template.body, variables_of(template))
    except (LookupError, TypeError):
        log.exception("template %s cannot be rendered", template.pk)
        compiled, is_approved = rendering.Compiled((), {}), False
    return UsableTemplate(template.pk, template.message_class, is_approved, compiled)


def variables_of(template: Template) -> tuple[tuple[str, str], ...]:
    return tuple((variable["name"], variable["type"]) for variable in template.variables)
