"""A qualification on the reviewer's table: what it says, what has changed, its documents."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Qualification, QualificationDocument, QualificationPerson
from accounts.services import checking, faults, requirements, standing
from accounts.services.qualification import KIND
from accounts.states import DocumentState
from smsplatform.core import clock, days, review, vault
from smsplatform.core.review import Kind, Page

HOURS = 16


@dataclass(frozen=True, slots=True)
class Row:
    """`before` is what the version in force says, where it says something else."""

    label: Any
    text: str
    before: str = ""


def kind() -> Kind:
    return Kind(
        name=KIND,
        label=_("qualification"),
        decide=standing.decide,
        reasons=faults.REASONS,
        hours=HOURS,
        page=page,
    )


def page(item: review.Item) -> Page:
    qualification = _load(item.target_id)
    if qualification is None:
        return Page("admin/core/item/plain.html")
    before = (
        Qualification.objects.in_force()
        .filter(lineage=qualification.lineage)
        .exclude(pk=qualification.pk)
        .first()
    )
    today = days.containing(clock.now(), qualification.account.timezone)
    context = {
        "qualification": qualification,
        "before": before,
        "rows": _compared(list(_rows(qualification)), before),
        "people": [_person(person) for person in qualification.people.all()],
        "checks": checking.check(qualification, today=today),
        "documents": [_document(paper) for paper in qualification.papers.all()],
    }
    return Page("accounts/review/qualification.html", context)


def _load(target_id: int) -> Qualification | None:
    found = Qualification.objects.filter(pk=target_id).select_related("account")
    row: Qualification | None = found.prefetch_related("people", "papers__document").first()
    return row


def _rows(qualification: Qualification) -> Iterator[Row]:
    pack = requirements.pack_of(qualification.country)
    yield Row(_("account"), f"{qualification.account.name} ({qualification.account_id})")
    yield Row(_("kind"), str(qualification.get_kind_display()))
    yield Row(_("country"), qualification.country)
    if qualification.is_company:
        yield Row(_("registered name"), qualification.name)
        yield Row(_("type of company"), str(qualification.get_company_type_display()))
        yield Row(pack.number_label, qualification.registration_number)
        yield Row(_("licence"), _span(qualification, "licence"))
    whose = _("for itself") if qualification.for_self else _("for another company")
    yield Row(_("use"), str(whose))
    if not qualification.for_self:
        yield Row(_("letter"), _span(qualification, "letter"))
    if qualification.remark:
        yield Row(_("remark"), qualification.remark)


def _span(qualification: Qualification, paper: str) -> str:
    begins = getattr(qualification, f"{paper}_from_date")
    ends = getattr(qualification, f"{paper}_until_date")
    return f"{begins or '?'} – {ends or '…'}"


def _compared(rows: list[Row], before: Qualification | None) -> list[Row]:
    if before is None:
        return rows
    old = {str(row.label): row.text for row in _rows(before)}
    return [
        Row(row.label, row.text, old[label] if old.get(label, row.text) != row.text else "")
        for row in rows
        for label in [str(row.label)]
    ]


def _person(person: QualificationPerson) -> dict[str, Any]:
    """With the whole number: the reviewer compares it with the picture; opening is audited."""
    number = person.sealed_id_number
    return {
        "role": person.get_role_display(),
        "name": person.name,
        "id_type": person.get_id_type_display(),
        "id_number": vault.unseal(number) if number else "–",
        "until": str(person.valid_until_date or ("…" if person.is_endless else "–")),
        "phone": person.phone,
    }


def _document(paper: QualificationDocument) -> dict[str, Any]:
    document = paper.document
    return {
        "label": paper.get_purpose_display(),
        "name": document.name,
        "size": document.size,
        "is_image": document.is_image,
        "href": reverse("admin:accounts_document_file", args=[document.public_id]),
        "state_label": (
            "" if document.state == DocumentState.CLEAN else document.get_state_display()
        ),
    }
