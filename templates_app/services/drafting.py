"""Signatures and templates as their authors write them. Whether they are fit is judged later, by
checking; here they only get a shape that can be stored.

An edit of a template makes a new version; what is approved stays in force meanwhile.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from smsplatform.core import audit
from smsplatform.core.errors import DomainError, Invalid, Problem
from templates_app.models import (
    BoundItem,
    Market,
    MessageClass,
    Signature,
    Template,
    TemplateVersion,
)
from templates_app.services import locales, packs, shapes
from templates_app.states import ReviewState, VersionState

_NEVER_APPROVED = (ReviewState.DRAFT, ReviewState.REJECTED)


class InReview(DomainError):
    code = "in_review"
    status = 409
    message = _("This is being reviewed; withdraw it first to change it.")


class NotEditable(DomainError):
    code = "not_editable"
    status = 409
    message = _("This can no longer be changed ({state}); make a new one.")


class SignatureTaken(DomainError):
    code = "signature_taken"
    status = 409
    message = _("You have the signature “{text}” already; letters in another case make no other.")


class CodeTaken(DomainError):
    code = "template_code_taken"
    status = 409
    message = _("You have a template with the code {code} in this language already.")


@dataclass(frozen=True, slots=True)
class SignatureFields:
    """`market` empty: where accounts of this country write to."""

    text: str
    kind: str = Signature.Kind.GENERAL.value
    source: str = Signature.Source.COMPANY.value
    evidence: str = ""
    is_for_self: bool = True
    market: str = ""


@dataclass(frozen=True, slots=True)
class Bound:
    kind: str
    value: str
    owner: str = ""
    owner_number: str = ""
    icp_number: str = ""


@dataclass(frozen=True, slots=True)
class TemplateFields:
    """`variables` are names and types. `code` empty: one is made; it never changes, nor does
    `locale`. The code of a template in another language makes this the same in one more."""

    name: str
    message_class: str
    body: str
    variables: tuple[tuple[str, str], ...] = ()
    bound: tuple[Bound, ...] = ()
    remark: str = ""
    market: str = ""
    code: str = ""
    locale: str = ""


def create_signature(
    *, account: Account, fields: SignatureFields, by: str, now: datetime
) -> Signature:
    shapes.check(Signature, _signature_values(fields))
    values = _signature_values(fields) | {
        "market": _market(fields.market, packs.market_of(account.country))
    }
    with transaction.atomic():
        _refuse_twin(account, fields.text)
        try:
            with transaction.atomic():
                signature: Signature = Signature.objects.create(account=account, **values)
        except IntegrityError as error:
            raise SignatureTaken(field="text", text=fields.text) from error
        _record("signature.made", signature, by, now)
    return signature


def edit_signature(
    *, signature: Signature, fields: SignatureFields, by: str, now: datetime
) -> Signature:
    """Until it is approved: another text would be another signature."""
    values = _signature_values(fields)
    shapes.check(Signature, values)
    with transaction.atomic():
        held = Signature.objects.select_for_update().get(pk=signature.pk)
        _refuse_unless_open(held.state)
        if fields.text != held.text:
            _refuse_twin(held.account, fields.text, other_than=held.pk)
        values["market"] = _market(fields.market, held.market)
        Signature.objects.filter(pk=held.pk).update(**values)
        _record("signature.edited", held, by, now)
    signature.refresh_from_db()
    return signature


def create_template(
    *, account: Account, fields: TemplateFields, by: str, now: datetime
) -> Template:
    """With its first version, a draft."""
    code = fields.code or _new_code()
    values = _template_values(fields) | {"code": code}
    shapes.check(Template, values)
    shapes.check_code(code)
    shapes.check_variables(fields.variables)
    values["market"] = _market(fields.market, packs.market_of(account.country))
    with transaction.atomic():
        values |= _place(account, code, fields, values)
        try:
            with transaction.atomic():
                template: Template = Template.objects.create(account=account, **values)
        except IntegrityError as error:
            raise CodeTaken(field="code", code=code) from error
        _add_version(template, 1, fields, by, now)
        _record("template.made", template, by, now)
    return template


def edit_template(
    *, template: Template, fields: TemplateFields, by: str, now: datetime
) -> TemplateVersion:
    """The draft, changed, or a new one behind what was decided."""
    values = _template_values(fields)
    shapes.check(Template, values)
    shapes.check_variables(fields.variables)
    with transaction.atomic():
        held = Template.objects.select_for_update().get(pk=template.pk)
        if held.state in (ReviewState.WITHDRAWN, ReviewState.SUSPENDED):
            raise NotEditable(state=ReviewState(held.state).label)
        version = _draft_of(held, fields, by, now)
        values["market"] = _market(fields.market, held.market)
        _refuse_class_of_its_own(held, fields.message_class)
        if held.state not in _NEVER_APPROVED:
            _refuse_other_class(held, values)
            values = {"name": fields.name}
        Template.objects.filter(pk=held.pk).update(**values)
        _record("template.edited", held, by, now, version=version.number)
    template.refresh_from_db()
    return version


def _draft_of(
    template: Template, fields: TemplateFields, by: str, now: datetime
) -> TemplateVersion:
    unfinished = template.versions.filter(state__in=[VersionState.DRAFT, VersionState.IN_REVIEW])
    version: TemplateVersion | None = unfinished.first()
    if version is None:
        last = template.versions.aggregate(last=Max("number"))["last"] or 0
        return _add_version(template, max(last, template.version) + 1, fields, by, now)
    if version.state == VersionState.IN_REVIEW:
        raise InReview
    version.body, version.remark = fields.body, fields.remark
    version.variables = _variables(fields)
    version.save(update_fields=["body", "remark", "variables"])
    version.bound.all().delete()
    _bind(version, fields)
    return version


def _add_version(
    template: Template, number: int, fields: TemplateFields, by: str, now: datetime
) -> TemplateVersion:
    version: TemplateVersion = TemplateVersion.objects.create(
        template=template,
        number=number,
        body=fields.body,
        variables=_variables(fields),
        remark=fields.remark,
        created_by=by,
        created_at=now,
    )
    _bind(version, fields)
    return version


def _bind(version: TemplateVersion, fields: TemplateFields) -> None:
    items = {
        (one.kind, one.value): BoundItem(
            version=version,
            kind=one.kind,
            value=one.value,
            owner=one.owner,
            owner_number=one.owner_number,
            icp_number=one.icp_number,
        )
        for one in fields.bound
    }
    shapes.check_rows("bound", items.values())
    BoundItem.objects.bulk_create(items.values())


def _signature_values(fields: SignatureFields) -> dict[str, object]:
    return {
        "text": fields.text,
        "kind": fields.kind,
        "source": fields.source,
        "evidence": fields.evidence,
        "is_for_self": fields.is_for_self,
    }


def _template_values(fields: TemplateFields) -> dict[str, object]:
    return {
        "name": fields.name,
        "message_class": fields.message_class,
        "body": fields.body,
        "variables": _variables(fields),
    }


def _variables(fields: TemplateFields) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in fields.variables]


def _market(wanted: str, otherwise: str) -> str:
    if wanted and wanted not in Market.values:
        problem = Problem("market_unknown", _("There is no such market."), "market")
        raise Invalid(errors=[problem])
    return wanted or otherwise


def _place(
    account: Account, code: str, fields: TemplateFields, values: dict[str, object]
) -> dict[str, object]:
    """In its main language, or in one more of the template that has the code already."""
    locale = fields.locale or packs.of(str(values["market"])).locale
    if not locales.is_known(locale):
        raise Invalid(errors=[Problem("locale_unknown", _("There is no such language."), "locale")])
    mine = Template.objects.for_account(account).select_for_update()
    main = mine.filter(code=code, is_main=True).first()
    if main is None:
        return {"locale": locale, "is_main": True}
    if not fields.locale:
        raise CodeTaken(field="code", code=code)
    _refuse_unlike(main, fields.message_class)
    return {"locale": locale, "is_main": False}


def _refuse_class_of_its_own(template: Template, message_class: str) -> None:
    same = Template.objects.filter(account=template.account_id, code=template.code)
    for other in same.exclude(pk=template.pk)[:1]:
        _refuse_unlike(other, message_class)


def _refuse_unlike(other: Template, message_class: str) -> None:
    """Price, hours and caps of a template are those of its class, whatever is read."""
    if other.message_class != message_class:
        message = _("A template is of one class in all its languages: {kind}.")
        facts = {"kind": MessageClass(other.message_class).label}
        raise Invalid(errors=[Problem("class_of_other", message, "message_class", facts)])


def _refuse_twin(account: Account, text: str, other_than: int = 0) -> None:
    mine = Signature.objects.for_account(account).exclude(pk=other_than)
    if mine.filter(text__iexact=text).exists():
        raise SignatureTaken(field="text", text=text)


def _refuse_unless_open(state: str) -> None:
    if state == ReviewState.IN_REVIEW:
        raise InReview
    if state not in _NEVER_APPROVED:
        raise NotEditable(state=ReviewState(state).label)


def _refuse_other_class(template: Template, values: dict[str, object]) -> None:
    """It was approved, priced and perhaps scheduled as what it is."""
    for name in ("message_class", "market"):
        if values[name] != getattr(template, name):
            fixed = _("It was approved as it is: make another template for this.")
            raise Invalid(errors=[Problem("fixed_once_approved", fixed, name)])


def _new_code() -> str:
    return f"SMS_{secrets.randbelow(10**9):09}"


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
