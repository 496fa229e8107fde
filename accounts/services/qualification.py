"""A qualification as its customer works on it: begun, filled in, submitted, withdrawn, revised.

`by` is the actor as the audit writes it: `user:5`, `key:7`. The review's item is changed before
its subject, as smsplatform.core.review asks.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import (
    EDITABLE,
    Account,
    Qualification,
    QualificationDocument,
    QualificationPerson,
)
from accounts.services import documents, handler_phone, requirements
from accounts.states import QualificationState
from smsplatform.core import audit, days, review, vault
from smsplatform.core.errors import DomainError, Invalid, Problem
from smsplatform.core.text import companies

KIND = "qualification"
_State = QualificationState
# A version that was decided once is never changed again, only followed by another.
REVISABLE = (_State.APPROVED, _State.REJECTED, _State.EXPIRED)
_COPIED = (
    "kind", "country", "name", "company_type", "registration_number", "licence_from_date",
    "licence_until_date", "is_licence_endless", "for_self", "letter_from_date", "letter_until_date",
    "remark",
)  # fmt: skip
_COPIED_OF_PERSON = (
    "role", "name", "id_type", "sealed_id_number", "fingerprint", "id_tail", "valid_until_date",
    "is_endless", "phone", "phone_proved_at",
)  # fmt: skip


class NotEditable(DomainError):
    code = "qualification_not_editable"
    status = 409
    message = _("This version can no longer be changed; make a new one of it.")


class NotWithdrawable(DomainError):
    code = "qualification_not_in_review"
    status = 409
    message = _("This is not in review any more.")


class AlreadyUnderWay(DomainError):
    code = "qualification_under_way"
    status = 409
    message = _("There is a newer version already; go on with that one.")


class TooManyDocuments(DomainError):
    code = "too_many_documents"
    status = 422
    message = _("There are {most} files already, and that is the most; remove one first.")


def start(*, account: Account, by: str, now: datetime, **fields: Any) -> Qualification:
    """`fields` may say `kind`, `country` and `for_self`; the country is else the account's."""
    values = {"country": account.country, **fields}
    with transaction.atomic():
        made = Qualification.objects.create(account=account, **values)
        _record(made, "started", by, now)
    return made


def edit(
    *,
    qualification: Qualification,
    fields: Mapping[str, Any],
    people: Mapping[str, Mapping[str, Any]],
    by: str,
    now: datetime,
) -> None:
    """Keep what was typed, whole or not. `people` maps roles to fields of QualificationPerson and
    `id_number`, which is sealed; an empty one keeps the number that is there. Invalid for an
    identity number that cannot be right."""
    changes = {**fields}
    if "registration_number" in changes:
        changes["registration_number"] = companies.normalise(changes["registration_number"])
    with transaction.atomic():
        _hold(qualification)
        if changes:
            Qualification.objects.filter(pk=qualification.pk).update(**changes)
        country = changes.get("country", qualification.country)
        for role, values in people.items():
            _edit_person(qualification, role, values, country)
        _record(qualification, "edited", by, now, fields=sorted([*changes, *people]))


def attach(
    *,
    qualification: Qualification,
    purpose: str,
    content: bytes,
    name: str,
    by: str,
    now: datetime,
) -> QualificationDocument:
    """Take in a document as evidence. Refusals are those of `documents.take_in`."""
    document = documents.take_in(
        account=qualification.account, content=content, name=name, by=by, now=now
    )
    with transaction.atomic():
        _hold(qualification)
        most = requirements.pack_of(qualification.country).most_papers
        if qualification.papers.count() >= most:
            raise TooManyDocuments(most=most)
        paper = qualification.papers.create(document=document, purpose=purpose)
        _record(qualification, "document_added", by, now, document=document.pk, purpose=purpose)
    return paper


def detach(*, paper: QualificationDocument, by: str, now: datetime) -> None:
    """The document itself stays: another version may show it, and the audit speaks of it."""
    with transaction.atomic():
        _hold(paper.qualification)
        document_id = paper.document_id
        paper.delete()
        _record(paper.qualification, "document_removed", by, now, document=document_id)


def missing(qualification: Qualification, *, now: datetime) -> list[Problem]:
    today = days.containing(now, qualification.account.timezone)
    found = requirements.missing(qualification, today=today)
    return [*found, *handler_phone.problems(qualification, now=now)]


def submit(*, qualification: Qualification, by: str, now: datetime) -> review.Item:
    """Invalid tells everything that is missing of what is stored; nobody changes it meanwhile."""
    with transaction.atomic():
        held = _hold(qualification)
        if problems := missing(held, now=now):
            raise Invalid(errors=problems)
        Qualification.objects.filter(pk=held.pk).advance(
            _State.IN_REVIEW,
            submitted_at=now,
            valid_until_date=requirements.end_of(held),
            reminded_days=None,
        )
        item = review.open(
            kind=KIND,
            target_id=held.pk,
            account_id=held.account_id,
            title=_title(held),
            now=now,
            facts=_facts(held),
            needs_two=not held.for_self,
        )
        _record(held, "submitted", by, now)
    return item


def withdraw(*, qualification: Qualification, by: str, now: datetime) -> None:
    with transaction.atomic():
        taken_back = review.withdraw(kind=KIND, target_id=qualification.pk, now=now)
        mine = Qualification.objects.filter(pk=qualification.pk)
        if not taken_back or not mine.advance(_State.DRAFT):
            raise NotWithdrawable
        _record(qualification, "withdrawn", by, now)


def revise(*, qualification: Qualification, by: str, now: datetime) -> Qualification:
    """The next version, a draft with everything in it. What is in force stays so meanwhile."""
    if qualification.state not in REVISABLE:
        raise AlreadyUnderWay
    copied = {name: getattr(qualification, name) for name in _COPIED}
    try:
        with transaction.atomic():
            made = Qualification.objects.create(
                account=qualification.account,
                lineage=qualification.lineage,
                version=qualification.version + 1,
                **copied,
            )
            _copy_people(qualification, made)
            _copy_papers(qualification, made)
            _record(made, "revised", by, now, version=made.version)
    except IntegrityError as error:
        raise AlreadyUnderWay from error
    return made


def _hold(qualification: Qualification) -> Qualification:
    """As it is stored, locked: what is in review does not change, what is submitted is whole."""
    mine = Qualification.objects.select_related("account")
    held: Qualification | None = (
        mine.select_for_update(of=("self",), no_key=True)
        .filter(pk=qualification.pk, state__in=EDITABLE)
        .first()
    )
    if held is None:
        raise NotEditable
    return held


def _edit_person(
    qualification: Qualification, role: str, values: Mapping[str, Any], country: str
) -> None:
    changes = dict(values)
    number = companies.normalise(changes.pop("id_number", ""))
    if number:
        problem = requirements.id_problem(country, changes.get("id_type", ""), number)
        if problem:
            where = f"{role}_id_number"
            raise Invalid(errors=[Problem(problem.code, problem.message, where)])
        changes |= {
            "sealed_id_number": vault.seal(number),
            "fingerprint": vault.fingerprints(number)[0],
            "id_tail": number[-4:],
        }
    people = QualificationPerson.objects.filter(qualification=qualification, role=role)
    if "phone" in changes and not people.filter(phone=changes["phone"]).exists():
        changes["phone_proved_at"] = None
    QualificationPerson.objects.update_or_create(
        qualification=qualification, role=role, defaults=changes
    )


def _copy_people(old: Qualification, new: Qualification) -> None:
    QualificationPerson.objects.bulk_create(
        QualificationPerson(
            qualification=new, **{name: getattr(person, name) for name in _COPIED_OF_PERSON}
        )
        for person in old.people.all()
    )


def _copy_papers(old: Qualification, new: Qualification) -> None:
    QualificationDocument.objects.bulk_create(
        QualificationDocument(
            qualification=new, document_id=paper.document_id, purpose=paper.purpose
        )
        for paper in old.papers.all()
    )


def _title(qualification: Qualification) -> str:
    if qualification.is_company:
        return qualification.name
    handler = qualification.people.filter(role=QualificationPerson.Role.HANDLER).first()
    return handler.name if handler else ""


def _facts(qualification: Qualification) -> dict[str, Any]:
    """Words and codes only: a number of a person is never among them."""
    facts: dict[str, Any] = {"": qualification.country, "v": qualification.version}
    if qualification.registration_number:
        facts["№"] = qualification.registration_number
    return facts


def _record(qualification: Qualification, verb: str, by: str, now: datetime, **facts: Any) -> None:
    audit.record(
        actor=by,
        action=f"qualification.{verb}",
        target=f"accounts.qualification:{qualification.pk}",
        account_id=qualification.account_id,
        now=now,
        facts=facts,
    )
