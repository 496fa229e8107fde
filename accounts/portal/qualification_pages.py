"""What the pages of a company's papers tell: where it stands, what is missing, what was said."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import queries
from accounts.models import Account, Qualification, QualificationDocument, QualificationPerson
from accounts.portal.qualification_forms import CompanyForm, PeopleForm, StepForm
from accounts.services import handler_phone, requirements
from accounts.services import qualification as work
from accounts.states import QualificationState
from smsplatform.components import Fact, Step, Tab, Words
from smsplatform.core import regions, review
from smsplatform.core.errors import Problem
from smsplatform.core.tones import of as tone_of

STEPS: Mapping[str, Words] = {
    "company": gettext_lazy("Company"),
    "people": gettext_lazy("People"),
    "documents": gettext_lazy("Documents"),
    "check": gettext_lazy("Check and submit"),
}
_PERSON_FIELDS = ("name", "id_type", "id_number", "until_date", "is_endless", "phone")
_SHOWN_REASONS = (QualificationState.NEEDS_MORE, QualificationState.REJECTED)


@dataclass(frozen=True, slots=True)
class Need:
    """What is missing or was refused, with a way to where it is mended."""

    label: Words
    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """A kind of document: what is there, whether it must be, what was said of it."""

    purpose: str
    label: Words
    papers: Sequence[QualificationDocument]
    is_needed: bool
    said: Collection[str]
    error: str = ""


def step_after(step: str) -> str:
    names = list(STEPS)
    return names[min(names.index(step) + 1, len(names) - 1)]


def step_of(field: str) -> str:
    if field.startswith("document_"):
        return "documents"
    role = field.partition("_")[0]
    return "people" if role in QualificationPerson.Role.values else "company"


def href_of(row: Qualification, step: str) -> str:
    return reverse("qualification-step", args=[row.public_id, step])


def tabs(row: Qualification, step: str) -> list[Tab]:
    return [
        Tab(f"{place}. {label}", href_of(row, name), is_current=name == step)
        for place, (name, label) in enumerate(STEPS.items(), start=1)
    ]


def companies(rows: Sequence[Qualification], shown: Qualification) -> list[Tab]:
    """Where an account has papers of several companies."""
    if len(rows) < 2:
        return []
    return [
        Tab(
            row.name or _("Without a name yet"),
            reverse("qualification-detail", args=[row.public_id]),
            is_current=row.lineage == shown.lineage,
        )
        for row in rows
    ]


def form_of(row: Qualification, step: str, data: Any) -> StepForm:
    """Of the steps that are forms. A draft that is kept for later needs nothing."""
    pack = requirements.pack_of(row.country)
    needed = pack.company if row.is_company else pack.person
    if not row.for_self:
        needed = (*needed, "letter_from_date", "letter_until_date")
    asked = () if data is not None and "later" in data else needed
    if data is not None:
        asked = tuple(name for name in asked if not _is_endless(name, data))
    if step == "company":
        initial = {name: getattr(row, name) for name in CompanyForm.base_fields}
        return CompanyForm(data, qualification=row, initial=initial, needed=asked)
    people = {person.role: person for person in row.people.all()}
    roles = [role for role in ("legal", "handler") if f"{role}_name" in needed]
    return PeopleForm(data, people=people, roles=roles, initial={}, needed=asked)


def _is_endless(name: str, data: Mapping[str, Any]) -> bool:
    if name == "licence_until_date":
        return "is_licence_endless" in data
    return name.endswith("_until_date") and name.replace("_until_date", "_is_endless") in data


def needs(row: Qualification, problems: Sequence[Problem]) -> list[Need]:
    return [
        Need(label(row, problem.field), problem.sentence(), _mended_at(row, problem))
        for problem in problems
    ]


def _mended_at(row: Qualification, problem: Problem) -> str:
    if problem.code == handler_phone.UNPROVED:
        return reverse("qualification-phone", args=[row.public_id])
    return href_of(row, step_of(problem.field))


def owes_code(row: Qualification, now: datetime) -> bool:
    return any(one.code == handler_phone.UNPROVED for one in handler_phone.problems(row, now=now))


def label(row: Qualification, field: str) -> Words:
    """As the form calls it."""
    purpose = field.removeprefix("document_")
    if purpose != field:
        return capfirst(QualificationDocument.Purpose(purpose).label)
    if field == "registration_number":
        return requirements.pack_of(row.country).number_label
    role, _underscore, rest = field.partition("_")
    if role in QualificationPerson.Role.values and rest in _PERSON_FIELDS:
        names = PeopleForm(None, people={}, roles=[role], initial={}, needed=())
        whose = capfirst(QualificationPerson.Role(role).label)
        return f"{whose}: {names.fields[field].label}"
    found = CompanyForm.base_fields.get(field)
    return found.label if found and found.label else field


def said_of(row: Qualification, items: Sequence[review.Item]) -> list[review.Told]:
    """The reasons that still wait to be mended: of this version, or of the rejected one that it
    was made of."""
    if row.state in _SHOWN_REASONS or (row.state == QualificationState.DRAFT and row.version > 1):
        for item in items:
            if item.state == review.ItemState.DECIDED:
                return review.told(work.KIND, item.reasons)
    return []


def by_field(said: Sequence[review.Told]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for reason in said:
        found.setdefault(reason["field"], []).append(reason["text"])
    return found


def reasons(row: Qualification, said: Sequence[review.Told]) -> list[Need]:
    return [
        Need(
            label(row, reason["field"]) if reason["field"] else "",
            reason["text"],
            href_of(row, step_of(reason["field"])) if row.is_editable else "",
        )
        for reason in said
    ]


def slots(
    row: Qualification, said: Mapping[str, Collection[str]], wrong: tuple[str, str] = ("", "")
) -> list[Slot]:
    """`wrong` is the purpose of a refused upload, and why."""
    needed = requirements.needed(row)
    held: dict[str, list[QualificationDocument]] = {}
    for paper in row.papers.all():
        held.setdefault(paper.purpose, []).append(paper)
    offered = [
        purpose
        for purpose in QualificationDocument.Purpose
        if purpose in needed or purpose in held or _is_offered(row, purpose)
    ]
    return [
        Slot(
            purpose.value,
            capfirst(purpose.label),
            held.get(purpose, []),
            purpose in needed,
            said.get(f"document_{purpose}", []),
            wrong[1] if wrong[0] == purpose else "",
        )
        for purpose in offered
    ]


def _is_offered(row: Qualification, purpose: str) -> bool:
    kinds = QualificationDocument.Purpose
    if purpose == kinds.LETTER:
        return not row.for_self
    return row.is_company or purpose not in (kinds.LICENCE, kinds.LEGAL_FRONT, kinds.LEGAL_BACK)


def facts(row: Qualification) -> list[Fact]:
    pack = requirements.pack_of(row.country)
    shown = [
        Fact(_("Kind"), capfirst(row.get_kind_display())),
        Fact(_("Country"), regions.name(row.country)),
    ]
    if row.is_company:
        shown += [
            Fact(_("Registered name"), row.name, is_wide=True),
            Fact(_("Type of company"), capfirst(row.get_company_type_display())),
            Fact(pack.number_label, row.registration_number, is_wide=True),
            Fact(_("Licence"), _span(row.licence_from_date, row.licence_until_date), is_wide=True),
        ]
    if not row.for_self:
        shown.append(
            Fact(_("Authorisation letter"), _span(row.letter_from_date, row.letter_until_date))
        )
    for person in row.people.all():
        tail = f"… {person.id_tail}" if person.id_tail else ""
        who = " · ".join(filter(None, [person.name, str(person.get_id_type_display()), tail]))
        shown.append(Fact(capfirst(person.get_role_display()), who, is_wide=True))
    return shown


def _span(begins: Any, ends: Any) -> str:
    return f"{begins or '?'} – {ends or _('no end')}" if begins or ends else ""


def history(
    rows: Sequence[Qualification], items: Sequence[review.Item]
) -> list[tuple[Qualification, list[Step]]]:
    """Of each version, newest first, what happened to it."""
    wording = review.Wording()
    return [(row, [step for item in reversed(items) if item.target_id == row.pk
                   for step in _steps(item, wording)]) for row in rows]  # fmt: skip


def _steps(item: review.Item, wording: review.Wording) -> list[Step]:
    steps = [Step(item.opened_at, _("Submitted"))]
    if item.nudged_at:
        steps.append(Step(item.nudged_at, _("You asked for speed")))
    if item.decided_at:
        texts = " ".join(reason["text"] for reason in wording.told(item.kind, item.reasons))
        word = capfirst(item.get_decision_display())
        steps.append(Step(item.decided_at, word, tone_of(item.decision), texts))
    elif item.is_live:
        steps.append(Step(item.due_at, _("Answer promised"), detail="", is_ahead=True))
    return sorted(steps, key=lambda step: step.at)


def overview(account: Account, row: Qualification, now: datetime) -> dict[str, Any]:
    """Everything that the page of one company's papers shows."""
    rows = queries.versions(account=account, lineage=row.lineage)
    ids = [each.pk for each in rows]
    items = queries.reviews(kind=work.KIND, account=account, target_ids=ids)
    live = next((item for item in items if item.target_id == row.pk and item.is_live), None)
    problems = work.missing(row, now=now) if row.is_editable else []
    return {
        "qualification": row,
        "facts": facts(row),
        "live": live,
        "is_late": live is not None and live.is_overdue(now),
        "may_nudge": live is not None and review.may_nudge(live, now),
        "needs": needs(row, problems),
        "reasons": reasons(row, said_of(row, items)),
        "in_force": next((each for each in rows if each.state == "approved"), None),
        "is_newest": rows[0].pk == row.pk,
        "history": history(rows, items),
    }


def said(account: Account, row: Qualification) -> dict[str, list[str]]:
    rows = queries.versions(account=account, lineage=row.lineage)
    items = queries.reviews(kind=work.KIND, account=account, target_ids=[each.pk for each in rows])
    return by_field(said_of(row, items))


def is_purpose(word: str) -> bool:
    return word in QualificationDocument.Purpose.values


def is_step(word: str) -> bool:
    return word in STEPS


def paper_of(row: Qualification, document_id: UUID) -> QualificationDocument | None:
    return next((each for each in row.papers.all() if each.document.public_id == document_id), None)
