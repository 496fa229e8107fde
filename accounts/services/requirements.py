"""What a country asks of a qualification: data, one pack a country, and one for all others.

Whether something is missing is answered from the pack alone: the portal's page, the submission and
the REST API say the same.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from accounts.models import Qualification, QualificationDocument, QualificationPerson
from smsplatform.core.errors import Problem, Sentence
from smsplatform.core.text import companies

_Kind = Qualification.Kind
_Purpose = QualificationDocument.Purpose
_IdType = QualificationPerson.IdType
_Role = QualificationPerson.Role
_DAYS_A_MONTH = 31


@dataclass(frozen=True, slots=True)
class Pack:
    """`company`, `person`: fields that must be filled. People's fields are `<role>_<field>`."""

    number_label: Sentence
    number_problem: Sentence
    is_number: Callable[[str], bool]
    company: tuple[str, ...]
    person: tuple[str, ...]
    company_papers: tuple[str, ...]
    person_papers: tuple[str, ...]
    letter_months: tuple[int, int]
    id_numbers: Mapping[str, Callable[[str], bool]]
    most_papers: int = 20


_LICENCE = ("licence_from_date", "licence_until_date")
_HANDLER = ("handler_name", "handler_id_type", "handler_id_number", "handler_until_date")

CHINA = Pack(
    number_label=_("Unified social credit code"),
    number_problem=_("This is not a unified social credit code: 18 characters, the last a check."),
    is_number=companies.is_credit_code,
    company=(
        "name", "company_type", "registration_number", *_LICENCE,
        "legal_name", "legal_id_type", "legal_id_number", "legal_until_date",
        *_HANDLER, "handler_phone",
    ),
    person=(*_HANDLER, "handler_phone"),
    company_papers=(_Purpose.LICENCE, _Purpose.HANDLER_FRONT, _Purpose.HANDLER_BACK),
    person_papers=(_Purpose.HANDLER_FRONT, _Purpose.HANDLER_BACK),
    letter_months=(6, 36),
    id_numbers={_IdType.IDENTITY_CARD: companies.is_identity_card},
)  # fmt: skip

INTERNATIONAL = Pack(
    number_label=_("Company number"),
    number_problem=_("Write the number as the company register has it: letters and digits."),
    is_number=companies.is_company_number,
    company=("name", "company_type", "registration_number", "licence_from_date", *_HANDLER),
    person=_HANDLER,
    company_papers=(_Purpose.LICENCE, _Purpose.HANDLER_FRONT),
    person_papers=(_Purpose.HANDLER_FRONT,),
    letter_months=(6, 60),
    id_numbers={},
)

PACKS: Mapping[str, Pack] = {"CN": CHINA}

# Dates that a paper without an end does not need.
_ENDLESS = {"licence_until_date": "is_licence_endless"}
_FILL = _("Fill this in.")
_UPLOAD = _("Upload this document.")
_CHECKED_SOON = _("This file is still being checked; try again in a moment.")
_REPLACE = _("This file was refused; replace it.")
_ENDED = _("This has ended already: renew it first.")
_ID_NUMBER = _("This is not the number of such a document; its last digit is a check.")


def pack_of(country: str) -> Pack:
    return PACKS.get(country, INTERNATIONAL)


def needed(qualification: Qualification) -> tuple[str, ...]:
    """The purposes of papers that must be there."""
    pack = pack_of(qualification.country)
    papers = pack.company_papers if qualification.is_company else pack.person_papers
    return papers if qualification.for_self else (*papers, _Purpose.LETTER)


def missing(qualification: Qualification, *, today: date) -> list[Problem]:
    """Everything that stands between this and a submission, in the order of the form."""
    people = {person.role: person for person in qualification.people.all()}
    return [
        *_unfilled(qualification, people),
        *_wrong(qualification, people, today),
        *_papers(qualification),
    ]


def value(
    qualification: Qualification, people: Mapping[str, QualificationPerson], name: str
) -> object:
    """A field of the form, by its name: of the qualification, or of one of its people."""
    role, _underscore, rest = name.partition("_")
    if role not in _Role.values:
        endless = _ENDLESS.get(name)
        return getattr(qualification, name) or (endless and getattr(qualification, endless))
    person = people.get(role)
    if person is None:
        return ""
    if rest == "id_number":
        return person.sealed_id_number
    if rest == "until_date":
        return person.valid_until_date or person.is_endless
    return getattr(person, rest)


def _unfilled(
    qualification: Qualification, people: Mapping[str, QualificationPerson]
) -> Iterator[Problem]:
    pack = pack_of(qualification.country)
    fields = pack.company if qualification.is_company else pack.person
    if not qualification.for_self:
        fields = (*fields, "letter_from_date", "letter_until_date")
    for name in fields:
        if not value(qualification, people, name):
            yield Problem("required", _FILL, name)


def _wrong(
    qualification: Qualification, people: Mapping[str, QualificationPerson], today: date
) -> Iterator[Problem]:
    pack = pack_of(qualification.country)
    number = qualification.registration_number
    if qualification.is_company and number and not pack.is_number(number):
        yield Problem("registration_number_wrong", pack.number_problem, "registration_number")
    if not qualification.is_company and not qualification.for_self:
        told = _("Only a company can act for another company.")
        yield Problem("person_for_others", told, "for_self")
    yield from _ended(qualification, people, today)
    if not qualification.for_self:
        yield from _letter(qualification, pack)


def _ended(
    qualification: Qualification, people: Mapping[str, QualificationPerson], today: date
) -> Iterator[Problem]:
    for name in ("licence_until_date", "letter_until_date"):
        day = getattr(qualification, name)
        if day is not None and day < today:
            yield Problem("ended", _ENDED, name)
    for role, person in people.items():
        if person.valid_until_date is not None and person.valid_until_date < today:
            yield Problem("ended", _ENDED, f"{role}_until_date")


def _letter(qualification: Qualification, pack: Pack) -> Iterator[Problem]:
    begins, ends = qualification.letter_from_date, qualification.letter_until_date
    if begins is None or ends is None:
        return
    least, most = pack.letter_months
    days = ends - begins
    if not timedelta(days=least * 30) <= days <= timedelta(days=most * _DAYS_A_MONTH):
        told = _("A letter is taken that runs from {least} to {most} months.")
        facts = {"least": least, "most": most}
        yield Problem("letter_length", told, "letter_until_date", facts)


def _papers(qualification: Qualification) -> Iterator[Problem]:
    found = list(qualification.papers.all())
    held = {paper.purpose for paper in found}
    for purpose in needed(qualification):
        if purpose not in held:
            yield Problem("document_missing", _UPLOAD, f"document_{purpose}")
    for paper in found:
        if paper.document.state == "quarantined":
            yield Problem("document_unchecked", _CHECKED_SOON, f"document_{paper.purpose}")
        if paper.document.state == "refused":
            yield Problem("document_refused", _REPLACE, f"document_{paper.purpose}")


def id_problem(country: str, id_type: str, number: str) -> Problem | None:
    """Of a number as it is typed: afterwards it is sealed."""
    check = pack_of(country).id_numbers.get(id_type)
    if check is None or check(number):
        return None
    return Problem("id_number_wrong", _ID_NUMBER, "id_number")


def end_of(qualification: Qualification) -> date | None:
    """The last day on which every paper is valid."""
    days = [qualification.licence_until_date, qualification.letter_until_date]
    days += [person.valid_until_date for person in qualification.people.all()]
    return min((day for day in days if day is not None), default=None)
