"""An account's own numbers to try the platform with before it is live, proved by codes.

`by` is the actor as the audit writes it: `user:5`, `key:7`. Whether messages reach these phones,
messaging says by what it registers: staff may have made no route for them.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, PhoneCode, TrialNumber
from accounts.services import phone_codes
from smsplatform.core import audit
from smsplatform.core.errors import DomainError, Invalid, Problem
from smsplatform.core.remember import each_for_a_second
from smsplatform.core.text import numbers

PURPOSE = PhoneCode.Purpose.TRIAL
_NOT_A_NUMBER = _("This is not a mobile number; write it like +86 138 0013 8000.")

Carries = Callable[[str], bool]
_carries: list[Carries] = []


class AlreadyLive(DomainError):
    code = "account_is_live"
    status = 409
    message = _("Your account is live: its messages reach every number, and none needs a proof.")


class TooManyTrialNumbers(DomainError):
    code = "too_many_trial_numbers"
    status = 409
    message = _("Your account tries with {most} numbers at most: remove one, or ask us for more.")


def register(carries: Carries) -> None:
    """Who says whether a message to a proved number would reach the phone now."""
    _carries[:] = [carries]


def of(account: Account | int) -> list[TrialNumber]:
    return list(TrialNumber.objects.for_account(account).order_by("proved_at", "id"))


def find(*, account: Account | int, public_id: UUID) -> TrialNumber | None:
    row: TrialNumber | None = (
        TrialNumber.objects.for_account(account).filter(public_id=public_id).first()
    )
    return row


def is_reached(row: TrialNumber) -> bool:
    """Whether a message there would be sent for real now, were its account not live."""
    return any(carries(row.number) for carries in _carries)


def ask(*, account: Account, number: str, by: str, language: str, now: datetime) -> PhoneCode:
    """Send a code there. `number` as it was typed; raises Invalid where it is none."""
    e164 = _e164(account, number)
    _check_room(account, e164)
    return phone_codes.ask(number=e164, purpose=PURPOSE, by=by, language=language, now=now)


def prove(*, account: Account, number: str, code: str, by: str, now: datetime) -> TrialNumber:
    """By whoever asked for the code. It is this account's from now on and no other's: whoever
    proved a number last holds it. CodeWrong changes nothing."""
    e164 = _e164(account, number)
    _check_room(account, e164)
    phone_codes.prove(number=e164, purpose=PURPOSE, by=by, code=code, now=now)
    with transaction.atomic():
        # Two at once: the second sees what the first has added.
        locked = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        _check_room(locked, e164)
        earlier = TrialNumber.objects.filter(number=e164).exclude(account=account).first()
        if earlier:
            _record("trial_number.lost", earlier, "platform", now)
            earlier.delete()
        row, _is_new = TrialNumber.objects.update_or_create(
            number=e164, defaults={"account": account, "proved_at": now, "proved_by": by}
        )
        _record("trial_number.proved", row, by, now)
    return row


def remove(*, row: TrialNumber, by: str, now: datetime) -> bool:
    """From the next second on nothing reaches it. True for the one call that did it."""
    with transaction.atomic():
        mine = TrialNumber.objects.for_account(row.account_id)
        gone, _kinds = mine.filter(pk=row.pk).delete()
        if gone:
            _record("trial_number.removed", row, by, now)
    return bool(gone)


@each_for_a_second
def of_accounts(account_ids: Collection[int]) -> Mapping[int, Mapping[str, int]]:
    """By account and number: how many messages a day it may have. None for accounts that are
    live."""
    found: dict[int, dict[str, int]] = {account_id: {} for account_id in account_ids}
    rows = TrialNumber.objects.filter(account__in=list(account_ids), account__is_live=False)
    for account_id, number, most in rows.values_list(
        "account_id", "number", "account__most_trial_messages"
    ):
        found[account_id][number] = most
    return found


def _check_room(account: Account, number: str) -> None:
    if account.is_live:
        raise AlreadyLive
    others = TrialNumber.objects.for_account(account).exclude(number=number).count()
    if others >= account.most_trial_numbers:
        raise TooManyTrialNumbers(most=account.most_trial_numbers)


def _e164(account: Account, number: str) -> str:
    try:
        return numbers.parse(number, region=account.country).e164
    except numbers.NumberError as error:
        raise Invalid(errors=[Problem(error.code, _NOT_A_NUMBER, "number")]) from error


def _record(action: str, row: TrialNumber, by: str, now: datetime) -> None:
    audit.record(
        actor=by,
        action=action,
        target=f"accounts.trialnumber:{row.public_id}",
        account_id=row.account_id,
        now=now,
    )
