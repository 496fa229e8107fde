"""What a machine can say about a qualification before a person looks: for the reviewer's eyes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.models import Qualification, QualificationPerson, QualificationQuerySet
from accounts.services import requirements, trades
from accounts.states import QualificationState
from smsplatform.core import vault
from smsplatform.core.errors import Sentence, fill

_State = QualificationState
# Versions that count when the same number turns up elsewhere.
_STANDING = (_State.IN_REVIEW, _State.NEEDS_MORE, _State.APPROVED)
_ALIKE = 0.6
_SOON_DAYS = 60


@dataclass(frozen=True, slots=True)
class Check:
    """`tone` is good, warn or bad: bad is hardly ever approved."""

    code: str
    tone: str
    text: str


def check(qualification: Qualification, *, today: date) -> list[Check]:
    people = {person.role: person for person in qualification.people.all()}
    return [
        *_number(qualification),
        *_name(qualification),
        *_ids(qualification, people),
        *_phone(people),
        *_end(qualification, today),
        *_missing(qualification, today),
        *_trade(qualification),
    ]


def _say(code: str, tone: str, sentence: Sentence, **facts: object) -> Check:
    return Check(code, tone, fill(sentence, facts))


def _number(qualification: Qualification) -> Iterator[Check]:
    if not qualification.is_company:
        return
    pack = requirements.pack_of(qualification.country)
    number = qualification.registration_number
    if pack.is_number(number):
        yield _say("number", "good", _("{label}: the form and the check digit are right."),
                   label=pack.number_label)  # fmt: skip
    else:
        yield _say("number", "bad", _("{label}: the form or the check digit is wrong."),
                   label=pack.number_label)  # fmt: skip
    others = _elsewhere(qualification).filter(registration_number=number).count()
    if others:
        told = ngettext_lazy(
            "The same number at {count} other account.",
            "The same number at {count} other accounts.",
            others,
        )
        yield _say("number_elsewhere", "warn", told, count=others)
    else:
        yield _say("number_elsewhere", "good", _("No other account has this number."))


def _name(qualification: Qualification) -> Iterator[Check]:
    if not qualification.is_company or not qualification.for_self:
        return
    account = qualification.account.name
    ratio = SequenceMatcher(a=account, b=qualification.name, autojunk=False).ratio()
    short = min(account, qualification.name, key=len)
    if ratio >= _ALIKE or (short and short in max(account, qualification.name, key=len)):
        yield _say("name", "good", _("The account is called alike: {name}."), name=account)
    else:
        yield _say("name", "warn", _("The account has another name: {name}."), name=account)


def _ids(qualification: Qualification, people: dict[str, QualificationPerson]) -> Iterator[Check]:
    """One handler may act for one company only; a legal person may have several."""
    handler = people.get(QualificationPerson.Role.HANDLER)
    if handler is None or not handler.sealed_id_number:
        return
    prints = vault.fingerprints(vault.unseal(handler.sealed_id_number))
    others = QualificationPerson.objects.filter(
        fingerprint__in=prints,
        role=handler.role,
        qualification__state__in=_STANDING,
    ).exclude(qualification__registration_number=qualification.registration_number)
    names = list(others.values_list("qualification__name", flat=True).distinct()[:3])
    if names:
        yield _say("handler_elsewhere", "warn", _("The handler also acts for {names}."),
                   names=", ".join(names))  # fmt: skip
    else:
        yield _say("handler_elsewhere", "good", _("The handler acts for no other company."))


def _phone(people: dict[str, QualificationPerson]) -> Iterator[Check]:
    handler = people.get(QualificationPerson.Role.HANDLER)
    if handler is None or not handler.phone:
        return
    if handler.phone_proved_at:
        yield _say("phone", "good", _("The handler's number is proved by a code, on {date}."),
                   date=handler.phone_proved_at.date())  # fmt: skip
    else:
        yield _say("phone", "warn", _("No code has reached the handler's number: call it."))


def _end(qualification: Qualification, today: date) -> Iterator[Check]:
    until = requirements.end_of(qualification)
    if until is None:
        yield _say("end", "good", _("No paper has an end."))
    elif until < today:
        yield _say("end", "bad", _("A paper ended on {date}."), date=until)
    elif (until - today).days <= _SOON_DAYS:
        yield _say("end", "warn", _("A paper ends soon, on {date}."), date=until)
    else:
        yield _say("end", "good", _("Every paper is valid until {date}."), date=until)


def _missing(qualification: Qualification, today: date) -> Iterator[Check]:
    problems = requirements.missing(qualification, today=today)
    if problems:
        fields = ", ".join(sorted({problem.field for problem in problems}))
        yield _say("whole", "bad", _("Not whole: {fields}."), fields=fields)


def _trade(qualification: Qualification) -> Iterator[Check]:
    held = {paper.purpose for paper in qualification.papers.all()}
    for found in trades.suspect([qualification.name, qualification.remark]):
        facts = {"trade": found.trade, "words": ", ".join(found.words)}
        if found.is_prohibited:
            yield _say("trade", "bad", _("{trade} may send nothing ({words})."), **facts)
        elif found.trade.permit in held:
            yield _say("trade", "good", _("{trade} ({words}): the permit is here."), **facts)
        else:
            told = _("{trade} ({words}): without a {permit} only verification codes may be sent.")
            yield _say("trade", "warn", told, permit=found.trade.get_permit_display(), **facts)


def _elsewhere(qualification: Qualification) -> QualificationQuerySet:
    return Qualification.objects.filter(state__in=_STANDING).exclude(
        account_id=qualification.account_id
    )
