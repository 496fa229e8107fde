"""Signatures and templates on their way past a person: submitted, taken back, decided.

The desk is core.review; what it decides comes back here, in its transaction.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Qualification
from accounts.states import QualificationState
from smsplatform.core import audit
from smsplatform.core import review as desk
from smsplatform.core.errors import DomainError, Invalid
from templates_app.models import (
    BoundItem,
    Market,
    MessageClass,
    Signature,
    Template,
    TemplateVersion,
    WordList,
)
from templates_app.services import checking, filing, findings, gating, lettering, packs, telling
from templates_app.services.checking import Checked
from templates_app.services.linting import Wording
from templates_app.services.packs import Level
from templates_app.states import ReviewState, VersionState

TEMPLATE, SIGNATURE = "template", "signature"

Reasons = Sequence[Mapping[str, str]]


class NothingToSubmit(DomainError):
    code = "nothing_to_submit"
    status = 409
    message = _("There is no draft to submit: change something first.")


class NotInReview(DomainError):
    code = "not_in_review"
    status = 409
    message = _("This is not being reviewed: it was decided, or was never submitted.")


class QualificationMissing(DomainError):
    code = "qualification_missing"
    status = 409
    message = _("The company is not qualified yet: decide its qualification first.")


class ForCompanies(DomainError):
    code = "marketing_for_companies"
    status = 403
    message = _("The account of a person sends no marketing; register a company for it.")


def submit_template(*, template: Template, by: str, now: datetime) -> desk.Item:
    """The draft goes to the desk. Raises Invalid with every error that the rules find."""
    with transaction.atomic():
        # Locked, as an edit locks it: what is checked here is what the reviewer reads.
        drafts = Template.objects.select_for_update(of=("self",)).select_related("account")
        held: Template = drafts.get(pk=template.pk)
        version = held.versions.filter(state=VersionState.DRAFT).first()
        if version is None:
            raise NothingToSubmit
        _refuse_what_is_for_companies(held)
        checked = checking.check(
            wording=wording_of(version), market=held.market, account_id=held.account_id
        )
        _refuse_errors(checked.findings)
        item = _open_template(version, held, checked, now)
        if not TemplateVersion.objects.filter(pk=version.pk).advance(
            VersionState.IN_REVIEW, submitted_at=now
        ):
            raise NothingToSubmit
        first_time = Template.objects.filter(pk=template.pk)
        first_time.in_state(ReviewState.DRAFT, ReviewState.REJECTED).advance(ReviewState.IN_REVIEW)
        _record("template.submitted", template, by, now, version=version.number)
    template.refresh_from_db()
    return item


def withdraw_template(*, template: Template, by: str, now: datetime) -> None:
    """Back to a draft; what is in force stays so."""
    with transaction.atomic():
        version = template.versions.filter(state=VersionState.IN_REVIEW).first()
        if version is None or not desk.withdraw(kind=TEMPLATE, target_id=version.pk, now=now):
            raise NotInReview
        TemplateVersion.objects.filter(pk=version.pk).advance(VersionState.DRAFT)
        Template.objects.filter(pk=template.pk).in_state(ReviewState.IN_REVIEW).advance(
            ReviewState.DRAFT
        )
        _record("template.taken_back", template, by, now, version=version.number)
    template.refresh_from_db()


def submit_signature(*, signature: Signature, by: str, now: datetime) -> desk.Item:
    with transaction.atomic():
        held: Signature = Signature.objects.select_for_update().get(pk=signature.pk)
        if held.state == ReviewState.IN_REVIEW:
            raise desk.AlreadyWaiting
        found = check_signature(held)
        _refuse_errors(found)
        item = desk.open(
            kind=SIGNATURE,
            target_id=signature.pk,
            account_id=signature.account_id,
            title=f"【{held.text}】",
            now=now,
            facts={
                "source": held.source,
                "market": held.market,
                "warnings": len(found),
            },
        )
        if not Signature.objects.filter(pk=signature.pk).advance(
            ReviewState.IN_REVIEW, submitted_at=now
        ):
            raise NothingToSubmit
        _record("signature.submitted", signature, by, now)
    signature.refresh_from_db()
    return item


def withdraw_signature(*, signature: Signature, by: str, now: datetime) -> None:
    with transaction.atomic():
        if not desk.withdraw(kind=SIGNATURE, target_id=signature.pk, now=now):
            raise NotInReview
        Signature.objects.filter(pk=signature.pk).advance(ReviewState.DRAFT)
        _record("signature.taken_back", signature, by, now)
    signature.refresh_from_db()


def decide_template(
    *, item: desk.Item, decision: str, reasons: Reasons, now: datetime, by: str
) -> None:
    version = TemplateVersion.objects.get(pk=item.target_id)
    template = Template.objects.select_for_update().get(pk=version.template_id)
    if decision == desk.Decision.APPROVED:
        _put_in_force(template, version, now)
    else:
        TemplateVersion.objects.filter(pk=version.pk).advance(
            VersionState.REJECTED, reasons=list(reasons), decided_at=now
        )
        Template.objects.filter(pk=template.pk).in_state(ReviewState.IN_REVIEW).advance(
            ReviewState.REJECTED, decided_at=now
        )
    telling.tell(
        subject=template,
        outcome=_outcome(decision),
        reasons=reasons,
        by=by,
        now=now,
        version=version.number,
    )


def decide_signature(
    *, item: desk.Item, decision: str, reasons: Reasons, now: datetime, by: str
) -> None:
    """In China a signature is its company's: without a qualification it goes on waiting."""
    signature = Signature.objects.select_for_update().get(pk=item.target_id)
    rows = Signature.objects.filter(pk=signature.pk)
    if decision == desk.Decision.APPROVED:
        if signature.market == Market.CHINA and not names_of(signature):
            raise QualificationMissing
        rows.advance(ReviewState.APPROVED, reasons=[], decided_at=now)
        filing.begin(signature=signature)
    else:
        rows.advance(ReviewState.REJECTED, reasons=list(reasons), decided_at=now)
    telling.tell(subject=signature, outcome=_outcome(decision), reasons=reasons, by=by, now=now)


def wording_of(version: TemplateVersion) -> Wording:
    template = version.template
    return Wording(
        message_class=template.message_class,
        body=version.body,
        variables=tuple((one["name"], one["type"]) for one in version.variables),
        name=template.name,
        bound=tuple(BoundItem.objects.filter(version=version).values_list("value", flat=True)),
    )


def check_signature(signature: Signature) -> Sequence[findings.Finding]:
    rules = packs.of(signature.market)
    names = names_of(signature) if signature.source == Signature.Source.COMPANY else []
    return lettering.lint(signature.text, rules, names=names)


def _outcome(decision: str) -> str:
    """Who needs more may mend and submit again, as after a rejection."""
    return "approved" if decision == desk.Decision.APPROVED else "rejected"


def _put_in_force(template: Template, version: TemplateVersion, now: datetime) -> None:
    versions = TemplateVersion.objects.filter(template=template)
    versions.in_state(VersionState.APPROVED).advance(VersionState.SUPERSEDED)
    versions.filter(pk=version.pk).advance(VersionState.APPROVED, reasons=[], decided_at=now)
    content = {
        "body": version.body,
        "variables": version.variables,
        "version": version.number,
        "decided_at": now,
    }
    row = Template.objects.filter(pk=template.pk)
    if not row.in_state(ReviewState.IN_REVIEW).advance(ReviewState.APPROVED, **content):
        # In force or suspended already, with an earlier version.
        row.update(**content)


def _open_template(
    version: TemplateVersion, template: Template, checked: Checked, now: datetime
) -> desk.Item:
    """Suspicious words and trades want two pairs of eyes."""
    levels = {hit.level for hit in checked.hits}
    facts: dict[str, object] = {
        "class": template.message_class,
        "version": version.number,
        "warnings": sum(one.level == Level.WARNING for one in checked.findings),
    }
    if checked.size is not None:
        facts["parts"] = f"{checked.size.parts}–{checked.size.most_parts}"
    if checked.hits:
        facts["words"] = ", ".join(dict.fromkeys(hit.word for hit in checked.hits))[:80]
    return desk.open(
        kind=TEMPLATE,
        target_id=version.pk,
        account_id=template.account_id,
        title=f"{template.name}: {version.body}",
        now=now,
        facts=facts,
        needs_two=WordList.Level.REVIEW.value in levels or gating.is_suspicious(checked.findings),
    )


def names_of(signature: Signature) -> list[str]:
    """Under which the account is registered, as far as that was approved."""
    mine = Qualification.objects.for_account(signature.account_id)
    return list(mine.filter(state=QualificationState.APPROVED).values_list("name", flat=True))


def _refuse_what_is_for_companies(template: Template) -> None:
    is_marketing = template.message_class == MessageClass.MARKETING
    if is_marketing and template.account.kind == Account.Kind.PERSON:
        raise ForCompanies(field="message_class")


def _refuse_errors(found: Sequence[findings.Finding]) -> None:
    errors = findings.errors(found)
    if errors:
        raise Invalid(errors=[finding.problem() for finding in errors])


def _record(
    action: str, row: Signature | Template, by: str, now: datetime, **facts: object
) -> None:
    audit.record(
        actor=by,
        action=action,
        target=f"{row._meta.label_lower}:{row.pk}",
        account_id=row.account_id,
        now=now,
        facts=facts,
    )
