"""What a group of answers changes: attempts, refunds, messages, and the carrier's ids."""

import logging
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from messaging.models import Attempt, Message, Part
from messaging.services import attempts, ending, leases, routing
from messaging.services.attempts import Answer, Outcome
from messaging.services.ending import Ending
from messaging.states import AttemptState, State
from smsplatform.core import bulk

log = logging.getLogger(__name__)

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
# How often each carrier has refused a message with each of its words.
_Refusals = Counter[tuple[int, str]]
# Messages that go on to another step of their route.
_Onward = dict[UUID, int]


def record(*, carrier_id: int, epoch: int, answers: Sequence[Answer], now: datetime) -> None:
    """Everything that a group of answers changes. Recording an answer twice changes nothing."""
    with transaction.atomic():
        leases.hold(leases.of_carrier(carrier_id), epoch=epoch)
        answers, onward = _final_refusals(answers, carrier_id)
        told = _by_outcome(answers)
        # What is known first: an answer may have followed its own absence into the same group.
        won = {outcome: _close(group, now) for outcome, group in told.items()}
        doubted = _doubt(told.get(Outcome.UNKNOWN, []), now)
        _fail(won.get(Outcome.REFUSED, []), now)
        _send(won.get(Outcome.ACCEPTED, []), now)
        for outcome in (Outcome.THROTTLED, Outcome.REFUSED_FOR_NOW, Outcome.NOT_SENT):
            _again(won.get(outcome, []), onward, now)
        attempts.doubt_messages(doubted)
        _keep_ids(told.get(Outcome.ACCEPTED, []), won.get(Outcome.ACCEPTED, []), carrier_id)


def _by_outcome(answers: Iterable[Answer]) -> _Groups:
    groups: _Groups = {}
    for answer in {(one.message_id, one.no, one.outcome): one for one in answers}.values():
        groups.setdefault(answer.outcome, []).append(answer)
    return groups


def _final_refusals(answers: Sequence[Answer], carrier_id: int) -> tuple[list[Answer], _Onward]:
    """A carrier that refuses a message so often with one word means it. The message goes on to the
    next step of its route; where none is left, that was final. Throttling lasts until validity."""
    often = [
        one for one in answers if one.outcome == Outcome.REFUSED_FOR_NOW and one.no >= MOST_TRIES
    ]
    if not often:
        return list(answers), {}
    refused = _refused_before(often)
    for one in often:
        refused[one.message_id][carrier_id, _code(one.carrier_code)] += 1
    tired = {
        one.message_id: _given_up_on(refused[one.message_id])
        for one in often
        if refused[one.message_id][carrier_id, _code(one.carrier_code)] >= MOST_TRIES
    }
    onward = _onward(tired)
    return [_judged(one, tired, onward) for one in answers], onward


def _judged(one: Answer, tired: Mapping[UUID, Any], onward: _Onward) -> Answer:
    is_last = one.message_id in tired and one.message_id not in onward
    if is_last and one.outcome == Outcome.REFUSED_FOR_NOW:
        return replace(one, outcome=Outcome.REFUSED)
    return one


def _refused_before(answers: Sequence[Answer]) -> dict[UUID, _Refusals]:
    refused: dict[UUID, _Refusals] = {one.message_id: Counter() for one in answers}
    rows = (
        Attempt.objects.filter(message_id__among=list(refused))
        .in_state(AttemptState.REFUSED)
        .values_list("message_id", "carrier_id", "carrier_code")
    )
    for message_id, carrier_id, code in rows:
        refused[message_id][carrier_id, code] += 1
    return refused


def _given_up_on(refused: _Refusals) -> set[int]:
    return {carrier_id for (carrier_id, _code), count in refused.items() if count >= MOST_TRIES}


def _onward(tired: Mapping[UUID, Collection[int]]) -> _Onward:
    """The next step of each message's route whose carrier has not refused it yet."""
    ways = {way.route_id: way for way in routing.now().ways}
    rows = Message.objects.filter(id__among=list(tired)).values_list("id", "route_id", "step")
    found = {
        message_id: routing.next_step(ways[route_id], step, tired[message_id])
        for message_id, route_id, step in rows
        if route_id in ways
    }
    return {message_id: step for message_id, step in found.items() if step is not None}


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


def _doubt(answers: Sequence[Answer], now: datetime) -> list[UUID]:
    partly = [one for one in answers if one.carrier_code == attempts.PARTLY_TAKEN]
    wholly = [one for one in answers if one.carrier_code != attempts.PARTLY_TAKEN]
    return [
        *attempts.doubt(_pairs(wholly), now),
        *attempts.doubt(_pairs(partly), now, code=attempts.PARTLY_TAKEN),
    ]


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


def _again(answers: Sequence[Answer], onward: _Onward, now: datetime) -> None:
    """Back into the queue: later after a word of the carrier, at once where we held it back or
    another carrier comes next."""
    groups: dict[tuple[timedelta, int | None], list[UUID]] = {}
    for one in answers:
        step = onward.get(one.message_id)
        key = (timedelta(0) if step is not None else _pause(one), step)
        groups.setdefault(key, []).append(one.message_id)
    for (delay, step), message_ids in groups.items():
        attempts.queue_again(message_ids, now + delay, step=step)


def _pause(one: Answer) -> timedelta:
    if one.outcome == Outcome.THROTTLED:
        return THROTTLED_RETRY_AFTER
    is_ours = one.outcome == Outcome.NOT_SENT and not one.carrier_code
    return timedelta(0) if is_ours else RETRY_AFTER


def _keep_ids(told: Sequence[Answer], won: Sequence[Answer], carrier_id: int) -> None:
    """How receipts will find their message, also one that we had given up before the answer."""
    known = {*_pairs(won)}
    known |= _given_up([one for one in told if (one.message_id, one.no) not in known])
    if not known:
        return
    base = attempts.bases(carrier_id).answers
    _warn_of_ids([one for one in told if (one.message_id, one.no) in known], carrier_id)
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
                attempts.normalised(raw_id, base=base),
                attempts.storable(raw_id)[:65],
                "",
            )
            for one in told
            if (one.message_id, one.no) in known
            for no, raw_id in enumerate(one.carrier_ids, start=1)
        ),
    )


def _warn_of_ids(answers: Sequence[Answer], carrier_id: int) -> None:
    """All are kept; but receipts cannot find what has no id, and may find the wrong one of two.

    Of several parts an HTTP carrier names the first alone.
    """
    names = [one.carrier_ids[0] for one in answers if one.carrier_ids]
    nameless, named = names.count(""), [name for name in names if name]
    repeated = len(named) - len(set(named))
    if nameless or repeated:
        log.warning("carrier %d: %d without id, %d repeated", carrier_id, nameless, repeated)


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
