"""Read-only questions about what an account may say."""

from collections.abc import Sequence
from uuid import UUID

from accounts.models import Account, Event
from templates_app.models import Signature, Template, TemplateVersion


def template(*, account: Account | int, public_id: UUID) -> Template | None:
    found: Template | None = (
        Template.objects.for_account(account).filter(public_id=public_id).first()
    )
    return found


def signature(*, account: Account | int, public_id: UUID) -> Signature | None:
    mine = Signature.objects.for_account(account).prefetch_related("filings")
    found: Signature | None = mine.filter(public_id=public_id).first()
    return found


def latest_versions(templates: Sequence[Template]) -> dict[int, TemplateVersion]:
    """By template, with what they may name; two queries for them all."""
    rows = TemplateVersion.objects.filter(template__in=templates).prefetch_related("bound")
    latest = rows.order_by("template_id", "-number").distinct("template_id")
    return {version.template_id: version for version in latest}


def languages(template: Template) -> Sequence[Template]:
    """The same template in all its languages, the main one first."""
    same = Template.objects.for_account(template.account_id).filter(code=template.code)
    return list(same.order_by("-is_main", "id"))


def suspension_reasons(template: Template) -> list[dict[str, str]]:
    """As its owner was told."""
    told = Event.objects.filter(subject_id=template.public_id, kind="template.suspended")
    latest = told.order_by("created_at").last()
    return list(latest.facts["reasons"]) if latest else []


def a_signature(account: Account | int) -> str:
    """That a text of the account would probably bear; empty while it has none."""
    mine = Signature.objects.for_account(account).order_by("id")
    return mine.values_list("text", flat=True).first() or ""
