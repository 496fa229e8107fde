"""What a group of answers changes: attempts, refunds, messages, and the carrier's ids."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from messaging.models import Attempt, Message, Part
from messaging.services import attempts, ending, leases
from messaging.services.attempts import Answer, Outcome
from messaging.services.ending import Ending
from messaging.states import AttemptState, State
from smsplatform.core import bulk

# A carrier that refuses a message for now with the same word so often means it.
MOST_TRIES = 3
RETRY_AFTER = timedelta(seconds=10)
THROTTLED_RETRY_AFTER = timedelta(seconds=5)

_STATES = {
    Outcome.ACCEPTED: AttemptState.ACCEPTED,
    Outcome.REFUSED: AttemptState.REFUSED,
    Outcome.REFUSED_FOR_NOW: AttemptState.REFUSED,
    Outcome.THROTTLED: AttemptState.REFUSED,
    Outcome.NOT_SENT: AttemptState.RELEASED,
}

_Groups = dict[Outcome, list[Answer]]


def record(*, carrier_id: int, epoch: int, answers: Sequence[Answer], now: datetime) -> None:
    """Everything that a group of answers changes. Recording an answer twice changes nothing."""
    with transaction.atomic():
        leases.hold(leases.of_carrier(carrier_id), epoch=epoch)
        told = _by_outcome(_final_refusals(answers))
        # What is known first: an answer may have followed its own absence into the same group.
        won = {outcome: _close(group, now) for outcome, group in told.items()}
        doubted = attempts.doubt(_pairs(told.get(Outcome.UNKNOWN, [])), now)
        _fail(won.get(Outcome.REFUSED, []), now)
        _send(won.get(Outcome.ACCEPTED, []), now)
        for outcome in (Outcome.THROTTLED, Outcome.REFUSED_FOR_NOW, Outcome.NOT_SENT):
            _again(outcome, won.get(outcome, []), now)
        attempts.doubt_messages(doubted)
        _keep_ids(told.get(Outcome.ACCEPTED, []), won.get(Outcome.ACCEPTED, []), carrier_id)


def _by_outcome(answers: Iterable[Answer]) -> _Groups:
    groups: _Groups = {}
    for answer in {(one.message_id, one.no, one.outcome): one for one in answers}.values():
        groups.setdefault(answer.outcome, []).append(answer)
    return groups


def _final_refusals(answers: Sequence[Answer]) -> list[Answer]:
    """A refusal for now becomes final with the last try; throttling lasts until validity."""
    often = [
        one for one in answers if one.outcome == Outcome.REFUSED_FOR_NOW and one.no >= MOST_TRIES
    ]
    tries = _refused_before(often) if often else {}
    return [
        replace(one, outcome=Outcome.REFUSED) if _is_last(one, tries) else one for one in answers
    ]


def _is_last(one: Answer, tries: dict[tuple[UUID, str], int]) -> bool:
    if one.outcome != Outcome.REFUSED_FOR_NOW:
        return False
    return tries.get((one.message_id, one.carrier_code[:20]), 0) + 1 >= MOST_TRIES


def _refused_before(answers: Sequence[Answer]) -> dict[tuple[UUID, str], int]:
    rows = (
        Attempt.objects.filter(message_id__among=[one.message_id for one in answers])
        .in_state(AttemptState.REFUSED)
        .values_list("message_id", "carrier_code")
        .annotate(count=Count("no"))
    )
    return {(message_id, code): count for message_id, code, count in rows}


def _close(answers: Sequence[Answer], now: datetime) -> list[Answer]:
    """Close the attempts that were still open; returns the answers that did."""
    groups: dict[tuple[Outcome, int, str], list[Answer]] = {}
    for one in answers:
        if one.outcome in _STATES:
            groups.setdefault((one.outcome, one.no, one.carrier_code), []).append(one)
    won: list[Answer] = []
    for (outcome, no, code), group in groups.items():
        moved = attempts.rows([one.message_id for one in group], no).advance(
            _STATES[outcome],
            returning=["message_id"],
            answered_at=now,
            carrier_code=_code(code),
        )
        closed = {row[0] for row in moved}
        won += [one for one in group if one.message_id in closed]
    return won


def _code(code: str) -> str:
    return attempts.storable(code)[:20]


def _fail(answers: Sequence[Answer], now: datetime) -> None:
    if not answers:
        return
    by_code: dict[str, list[UUID]] = {}
    for one in answers:
        by_code.setdefault(_code(one.carrier_code), []).append(one.message_id)
    ending.end(
        [
            Ending(message_ids, State.FAILED, "carrier_refused", code)
            for code, message_ids in by_code.items()
        ],
        now=now,
    )


def _send(answers: Sequence[Answer], now: datetime) -> None:
    ids = [one.message_id for one in answers]
    if ids:
        Message.objects.filter(id__among=ids).advance(State.SENT, sent_at=now)


def _again(outcome: Outcome, answers: Sequence[Answer], now: datetime) -> None:
    """Back into the queue: later after a word of the carrier, at once where we held it back."""
    delays: dict[timedelta, list[UUID]] = {}
    for one in answers:
        delay = THROTTLED_RETRY_AFTER if outcome == Outcome.THROTTLED else RETRY_AFTER
        is_ours = outcome == Outcome.NOT_SENT and not one.carrier_code
        delays.setdefault(timedelta(0) if is_ours else delay, []).append(one.message_id)
    for delay, message_ids in delays.items():
        attempts.queue_again(message_ids, now + delay)


def _keep_ids(told: Sequence[Answer], won: Sequence[Answer], carrier_id: int) -> None:
    """How receipts will find their message, also one that we had given up before the answer."""
    known = {*_pairs(won)}
    known |= _given_up([one for one in told if (one.message_id, one.no) not in known])
    if not known:
        return
    bulk.copy(
        "messaging_part",
        [
            "message_id",
            "attempt_no",
            "no",
            "carrier_id",
            "carrier_message_id",
            "raw_id",
            "receipt_state",
        ],
        (
            (
                one.message_id,
                one.no,
                no,
                carrier_id,
                attempts.normalised(raw_id),
                attempts.storable(raw_id)[:65],
                "",
            )
            for one in told
            if (one.message_id, one.no) in known
            for no, raw_id in enumerate(one.carrier_ids, start=1)
        ),
    )


def _given_up(late: Sequence[Answer]) -> set[tuple[UUID, int]]:
    """Accepted after we had given up: too late to count, but its receipt must find its message."""
    if not late:
        return set()
    message_ids = [one.message_id for one in late]
    left = Attempt.objects.filter(message_id__among=message_ids).in_state(
        AttemptState.SUPERSEDED, AttemptState.WRITTEN_OFF
    )
    told = Part.objects.filter(message_id__among=message_ids)
    nameless = set(left.values_list("message_id", "no"))
    nameless -= set(told.values_list("message_id", "attempt_no"))
    return nameless & _pairs(late)


def _pairs(answers: Iterable[Answer]) -> set[tuple[UUID, int]]:
    return {(one.message_id, one.no) for one in answers}
