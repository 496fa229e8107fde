"""The phone of whoever handles a qualification: proved by a code before the papers are submitted.

Where no code reaches the number nothing is asked for, and the reviewer is told that it is unproved.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import EDITABLE, PhoneCode, Qualification, QualificationPerson
from accounts.services import phone_codes, requirements
from smsplatform.core import audit
from smsplatform.core.errors import DomainError, Problem
from smsplatform.core.text import numbers

PURPOSE = PhoneCode.Purpose.HANDLER
FIELD = "handler_phone"
UNPROVED = "phone_unproved"
_PROVE = _("Prove this number by a code that we send there.")
_NOT_A_NUMBER = _("This is not a mobile number; write it like +86 138 0013 8000.")


class NothingToProve(DomainError):
    code = "nothing_to_prove"
    status = 409
    message = _("There is no number here that is still to be proved.")


def problems(qualification: Qualification, *, now: datetime) -> Iterator[Problem]:
    """What stands between this number and a submission."""
    person = _unproved(qualification)
    if person is None:
        return
    number = _e164(qualification, person)
    if not number:
        yield Problem("number_invalid", _NOT_A_NUMBER, FIELD)
    elif phone_codes.reaches(number, now=now):
        yield Problem(UNPROVED, _PROVE, FIELD)


def number_of(qualification: Qualification) -> str:
    """In E.164; empty where nothing is left to be proved."""
    person = _unproved(qualification) if qualification.is_editable else None
    return _e164(qualification, person) if person else ""


def ask(*, qualification: Qualification, by: str, language: str, now: datetime) -> PhoneCode:
    number = number_of(qualification)
    if not number:
        raise NothingToProve
    return phone_codes.ask(number=number, purpose=PURPOSE, by=by, language=language, now=now)


def prove(*, qualification: Qualification, code: str, by: str, now: datetime) -> None:
    """By whoever asked for the code. CodeWrong changes nothing."""
    person, number = _unproved(qualification), number_of(qualification)
    if person is None or not number:
        raise NothingToProve
    phone_codes.prove(number=number, purpose=PURPOSE, by=by, code=code, now=now)
    with transaction.atomic():
        # What was typed meanwhile is another number.
        same = QualificationPerson.objects.filter(pk=person.pk, phone=person.phone)
        if not same.filter(qualification__state__in=EDITABLE).update(phone_proved_at=now):
            raise NothingToProve
        audit.record(
            actor=by,
            action="qualification.phone_proved",
            target=f"accounts.qualification:{qualification.pk}",
            account_id=qualification.account_id,
            now=now,
        )


def _unproved(qualification: Qualification) -> QualificationPerson | None:
    pack = requirements.pack_of(qualification.country)
    if FIELD not in (pack.company if qualification.is_company else pack.person):
        return None
    role = QualificationPerson.Role.HANDLER
    found = QualificationPerson.objects.filter(qualification=qualification, role=role)
    return found.filter(phone_proved_at=None).exclude(phone="").first()


def _e164(qualification: Qualification, person: QualificationPerson) -> str:
    try:
        return numbers.parse(person.phone, region=qualification.country).e164
    except numbers.NumberError:
        return ""
