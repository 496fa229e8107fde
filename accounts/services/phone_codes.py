"""Codes by which somebody shows that they hold a number, sent through the platform itself.

`by` is the actor as the audit writes it: `user:5`, `key:7`. Messaging carries the codes: it is
asked by its task's name, and says by what it registers which numbers it can reach.
"""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import PhoneCode
from smsplatform.core import queue, vault
from smsplatform.core.errors import DomainError

VALID_FOR = timedelta(minutes=5)
MOST_TRIES = 5
MOST_A_DAY = 10
_GAP = timedelta(minutes=1)
_DAY = timedelta(days=1)
_TASK = "messaging.tasks.send_phone_code"

Reach = Callable[[str, datetime], bool]
_reaches: list[Reach] = []


class NumberUnreachable(DomainError):
    code = "number_unreachable"
    status = 422
    message = _("We cannot send codes to this number; use another one, or ask us.")


class TooManyCodes(DomainError):
    code = "too_many_codes"
    status = 429
    message = _("One code a minute and ten a day: ask for the next in {minutes} min.")


class CodeWrong(DomainError):
    code = "code_wrong"
    status = 422
    message = _(
        "This is not the code of our last message, or it is older than five minutes, or five tries"
        " were wrong. Look again, or ask for another code."
    )


@dataclass(frozen=True, slots=True)
class Sending:
    number: str
    language: str
    code: str


def register(reach: Reach) -> None:
    """Who says whether a code to a number would be accepted now."""
    _reaches[:] = [reach]


def reaches(number: str, *, now: datetime) -> bool:
    return any(reach(number, now) for reach in _reaches)


def ask(*, number: str, purpose: str, by: str, language: str, now: datetime) -> PhoneCode:
    """`number` is E.164; `language` is what the message is written in."""
    if not reaches(number, now=now):
        raise NumberUnreachable(field="number")
    code = f"{secrets.randbelow(10**6):06}"
    with transaction.atomic():
        _take_turns(number, by)
        PhoneCode.objects.filter(created_at__lt=now - _DAY).delete()
        _check_pace(number, by, now)
        made = PhoneCode(
            number=number,
            purpose=purpose,
            asked_by=by,
            language=language,
            sealed_code=vault.seal(code),
            created_at=now,
            expires_at=now + VALID_FOR,
        )
        made.digest = _digests(made, code)[0]
        made.save(force_insert=True)
        queue.enqueue(_TASK, queue=queue.SEND, code_id=made.pk)
    return made


def prove(*, number: str, purpose: str, by: str, code: str, now: datetime) -> None:
    """Once for each code. Never inside a transaction that a refusal rolls back: a wrong try has to
    count."""
    asked = PhoneCode.objects.filter(number=number, purpose=purpose, asked_by=by)
    latest = asked.order_by("-created_at").first()
    if latest is None or not _try(latest, now):
        raise CodeWrong(field="code")
    given = _digests(latest, "".join(code.split()))
    if not any(hmac.compare_digest(latest.digest, digest) for digest in given):
        raise CodeWrong(field="code")
    if not PhoneCode.objects.filter(pk=latest.pk, used_at=None).update(used_at=now):
        raise CodeWrong(field="code")


def pending(*, purpose: str, by: str, now: datetime) -> PhoneCode | None:
    """The last that was asked for, while it is worth something."""
    mine = PhoneCode.objects.filter(purpose=purpose, asked_by=by).order_by("-created_at")
    latest = mine.first()
    is_open = latest is not None and latest.used_at is None and latest.expires_at > now
    return latest if is_open else None


def to_send(*, code_id: int, now: datetime) -> Sending | None:
    """None for what was sent already, or is not worth sending any more."""
    row = PhoneCode.objects.filter(pk=code_id, expires_at__gt=now).exclude(sealed_code="").first()
    return Sending(row.number, row.language, vault.unseal(row.sealed_code)) if row else None


def note_sent(*, code_id: int, refusal: str = "") -> None:
    """It is a message now, or never will be: nobody has to read it again."""
    PhoneCode.objects.filter(pk=code_id).update(sealed_code="", refusal=refusal[:40])


def _take_turns(number: str, by: str) -> None:
    """Two at once for one number, or of one asker: the second sees what the first has asked."""
    names = sorted([f"phone code to {number}", f"phone code by {by}"])
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def _check_pace(number: str, by: str, now: datetime) -> None:
    since = {"created_at__gt": now - _DAY}
    for whose in ({"number": number}, {"asked_by": by}):
        asked = PhoneCode.objects.filter(**whose, **since).order_by("-created_at")
        times = list(asked.values_list("created_at", flat=True)[:MOST_A_DAY])
        free_at = max(
            [at + _GAP for at in times[:1]] + [at + _DAY for at in times[MOST_A_DAY - 1 :]],
            default=now,
        )
        if free_at > now:
            seconds = -int((now - free_at).total_seconds() // 1)
            minutes = -(-seconds // 60)
            raise TooManyCodes(headers={"Retry-After": str(seconds)}, minutes=minutes)


def _try(row: PhoneCode, now: datetime) -> bool:
    worth = PhoneCode.objects.filter(pk=row.pk, used_at=None, expires_at__gt=now)
    return bool(worth.filter(tries__lt=MOST_TRIES).update(tries=F("tries") + 1))


def _digests(row: PhoneCode, code: str) -> list[str]:
    """Keyed: six digits are guessed at once by whoever reads a plain hash of them."""
    bound = f"{row.purpose}:{row.asked_by}:{row.number}:{row.created_at.timestamp()}"
    return vault.fingerprints(f"phone code:{bound}:{code}")
