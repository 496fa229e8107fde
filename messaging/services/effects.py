"""What receipts do to messages, once they are matched: attempts, ends, refunds, and what is said of
each receipt. All of it in the caller's transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from messaging.models import Attempt, Message, Part
from messaging.services import ending
from messaging.services.attempts import by_no
from messaging.services.ending import Ending
from messaging.services.matching import Effect, Match, ReceiptOutcome
from messaging.states import MESSAGE, NEVER_ACCEPTED, AttemptState, State


def take(matches: Sequence[Match], now: datetime) -> dict[UUID, Effect]:
    """The effect of each receipt, so that it is never looked at again. One that is left out waits:
    its message is still on its way to `sent`, for the answer's commit.
    """
    if not matches:
        return {}
    _confirm_attempts(matches, now)
    _note_parts([one for one in matches if one.parts > 1 and one.is_final])
    decided = _final(matches)
    ended = _end(decided, now)
    _confirm_messages(matches, ended, now)
    effects = {one.receipt_id: _effect(one, decided.get(one.message_id), ended) for one in matches}
    return {receipt_id: effect for receipt_id, effect in effects.items() if effect is not None}


def _confirm_attempts(matches: Sequence[Match], now: datetime) -> None:
    """A receipt proves that its attempt was accepted, whatever else it says."""
    pairs = {(one.message_id, one.attempt_no) for one in matches if one.state == State.UNCERTAIN}
    if not pairs:
        return
    # All that may change are locked before ledgers and messages are, in the order of everybody.
    unknown = _unknown({message_id for message_id, _no in pairs}).order_by("message_id", "no")
    list(unknown.select_for_update().values_list("no"))
    for no, message_ids in by_no(pairs).items():
        _unknown(message_ids).filter(no=no).advance(
            AttemptState.ACCEPTED, returning=["message_id"], answered_at=now
        )


def _unknown(message_ids: Iterable[UUID]) -> Any:
    found = Attempt.objects.filter(message_id__among=list(message_ids))
    return found.in_state(AttemptState.UNCERTAIN)


def _confirm_messages(matches: Sequence[Match], ended: Mapping[UUID, bool], now: datetime) -> None:
    """What was unknown is `sent` now, or has ended; then nobody asks about later attempts."""
    unknown = [one for one in matches if one.state == State.UNCERTAIN]
    if not unknown:
        return
    proven = {one.message_id for one in unknown if one.attempt_no == one.attempts}
    Message.objects.filter(id__among=list(proven - ended.keys())).in_state(State.UNCERTAIN).advance(
        State.SENT, sent_at=now
    )
    _unknown({one.message_id for one in unknown} & ended.keys()).advance(
        AttemptState.WRITTEN_OFF, returning=["message_id"], answered_at=now
    )


_NOTE = """
    UPDATE messaging_part p SET receipt_state = v.outcome
    FROM unnest(%(ids)s::uuid[], %(attempts)s::int[], %(nos)s::int[], %(outcomes)s::text[])
        AS v(message_id, attempt_no, no, outcome)
    WHERE p.message_id = ANY(%(ids)s::uuid[]) AND p.message_id = v.message_id
      AND p.attempt_no = v.attempt_no AND p.no = v.no AND p.receipt_state = ''
"""


def _note_parts(matches: Sequence[Match]) -> None:
    """Of long messages only: they are delivered when every part is. The first word counts."""
    first: dict[tuple[UUID, int, int], str] = {}
    for one in matches:
        first.setdefault((one.message_id, one.attempt_no, one.part_no), one.outcome)
    if first:
        message_ids, attempt_nos, nos = (list(column) for column in zip(*first, strict=True))
        with connection.cursor() as cursor:
            cursor.execute(
                _NOTE,
                {
                    "ids": message_ids,
                    "attempts": attempt_nos,
                    "nos": nos,
                    "outcomes": list(first.values()),
                },
            )


def _final(matches: Sequence[Match]) -> dict[UUID, Match]:
    """The matches that decide their message: the first final one of each."""
    decided: dict[UUID, Match] = {}
    fates = _fates({one.message_id for one in matches if one.parts > 1})
    for one in matches:
        if not one.is_final or one.is_superseded or one.state in MESSAGE.final:
            continue
        if one.parts > 1:
            fate = fates.get((one.message_id, one.attempt_no))
            if fate is None:
                continue
            one = one._replace(outcome=fate)
        decided.setdefault(one.message_id, one)
    return decided


def _fates(message_ids: Iterable[UUID]) -> dict[tuple[UUID, int], str]:
    """Long messages whose fate is known: undelivered with the first lost part, delivered with the
    last that arrived. No receipt can come for a part that the carrier did not name."""
    states: dict[tuple[UUID, int], set[str]] = {}
    rows = Part.objects.filter(message_id__among=list(message_ids)).exclude(carrier_message_id="")
    for message_id, no, state in rows.values_list("message_id", "attempt_no", "receipt_state"):
        states.setdefault((message_id, no), set()).add(state)
    fates: dict[tuple[UUID, int], str] = {}
    for attempt, found in states.items():
        if ReceiptOutcome.UNDELIVERED in found:
            fates[attempt] = ReceiptOutcome.UNDELIVERED
        elif found == {ReceiptOutcome.DELIVERED}:
            fates[attempt] = ReceiptOutcome.DELIVERED
    return fates


def _end(decided: Mapping[UUID, Match], now: datetime) -> dict[UUID, bool]:
    """Which messages moved, and whether that was late."""
    groups: dict[tuple[str, str, bool], list[UUID]] = {}
    for one in decided.values():
        code = "" if one.outcome == ReceiptOutcome.DELIVERED else one.carrier_code
        key = (one.outcome, code, one.state == State.NO_RECEIPT)
        groups.setdefault(key, []).append(one.message_id)
    endings = [
        Ending(
            message_ids,
            State.DELIVERED if outcome == ReceiptOutcome.DELIVERED else State.UNDELIVERED,
            "" if outcome == ReceiptOutcome.DELIVERED else "undelivered",
            code,
            is_late=is_late,
        )
        for (outcome, code, is_late), message_ids in groups.items()
    ]
    ended = ending.end(endings, now=now)
    return {one.id: decided[one.id].state == State.NO_RECEIPT for one in ended}


def _effect(one: Match, decider: Match | None, ended: Mapping[UUID, bool]) -> Effect | None:
    if not one.is_final:
        return Effect.PENDING
    if decider is not None and one.message_id in ended:
        if one.receipt_id == decider.receipt_id or one.parts > 1:
            return Effect.LATE if ended[one.message_id] else Effect.APPLIED
        return Effect.REPEATED if one.outcome == decider.outcome else Effect.CONFLICT
    if one.state in MESSAGE.final:
        return _effect_after(one)
    if decider is not None:
        return None  # somebody moved the message meanwhile: the next look sees where it stands
    if one.is_superseded:
        return Effect.SUPERSEDED
    return None if one.state in (State.QUEUED, State.SENDING) else Effect.APPLIED


def _effect_after(one: Match) -> Effect:
    """The message had ended; no money moves again."""
    if one.state in NEVER_ACCEPTED:
        return Effect.AFTER_REFUND
    return Effect.REPEATED if one.outcome == one.state else Effect.CONFLICT
