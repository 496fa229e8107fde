"""Whether a carrier is used: a circuit breaker, fed by whoever sends, kept in one row.

    closed     used
    open       not used: the next carriers of its routes serve what waits for it
    half open  tried with a handful of messages, while the others go on serving

It opens when the carrier cannot be reached, or when it fails most of what it is given; it closes
when what it was tried with went well. Others take over and give back at most once a minute, so that
a carrier that comes and goes does not drag its messages to and fro; where there are no others, it
is used again at once.
"""

import logging
from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Count

from messaging.models import Attempt, Health
from messaging.services import routing
from messaging.services.attempts import Answer, Outcome
from messaging.states import AttemptState
from smsplatform.core import audit, ids

log = logging.getLogger(__name__)

Circuit = Health.Circuit
Resends = Health.Resends

UNREACHABLE_FOR = timedelta(seconds=10)
# Fewer answers than this tell nothing; more than half of them errors tell enough.
LEAST_ANSWERS = 20
WITHIN = timedelta(seconds=30)
TRY_AFTER = timedelta(seconds=10)
SWITCH_AFTER = timedelta(seconds=60)
# What a carrier is tried with.
PROBES = 5
# Each cut leaves a window of unknown outcomes: after so many somebody has to look.
MOST_CUTS = 3
CUTS_WITHIN = timedelta(minutes=5)
# As has whoever sends more than one message in a hundred twice.
RESENDS_ONE_IN = 100
LEAST_RESENDS = 20


class Signs(NamedTuple):
    """What a sender has seen of its carrier lately; of one that is tried, since the trial began."""

    lost_for: timedelta | None
    answers: int
    errors: int


class State(NamedTuple):
    """The row, as far as decisions need it."""

    circuit: str = Circuit.CLOSED
    changed_at: datetime | None = None
    switched_at: datetime | None = None


class Verdict(NamedTuple):
    circuit: str
    reason: str = ""


def decide(state: State, signs: Signs, now: datetime, *, is_alone: bool = False) -> Verdict | None:
    """What changes; None where nothing does. `is_alone`: nobody could take its messages over."""
    trouble = _trouble(signs, is_tried=state.circuit == Circuit.HALF_OPEN)
    is_rare = state.switched_at is None or now - state.switched_at >= SWITCH_AFTER
    may_switch = is_alone or is_rare
    if state.circuit == Circuit.CLOSED:
        return Verdict(Circuit.OPEN, trouble) if trouble and may_switch else None
    if state.circuit == Circuit.OPEN:
        rested = state.changed_at is None or now - state.changed_at >= TRY_AFTER
        return Verdict(Circuit.HALF_OPEN) if rested and signs.lost_for is None else None
    if trouble:
        return Verdict(Circuit.OPEN, trouble)
    went_well = signs.answers > signs.errors
    return Verdict(Circuit.CLOSED) if went_well and may_switch else None


def _trouble(signs: Signs, *, is_tried: bool) -> str:
    if signs.lost_for is not None and signs.lost_for >= UNREACHABLE_FOR:
        return "cannot be reached"
    if is_tried and signs.errors:
        return "failed when it was tried"
    if signs.answers >= LEAST_ANSWERS and 2 * signs.errors > signs.answers:
        return f"{signs.errors} of {signs.answers} submissions failed"
    return ""


class Watch:
    """One process's eyes on one carrier. What they see is forgotten with the process."""

    def __init__(self, carrier_id: int) -> None:
        self.carrier_id = carrier_id
        self._seen: deque[tuple[datetime, int, int]] = deque()
        self._cuts: deque[datetime] = deque()
        self._lost_at: datetime | None = None
        self._state = State()
        self._looked_at: datetime | None = None
        self._probes = 0
        self._probed_at: datetime | None = None

    def answered(self, answers: Iterable[Answer], now: datetime) -> None:
        """A refused recipient and a request to slow down are no errors of the carrier."""
        told = [one for one in answers if not _is_ours(one)]
        if not told:
            return
        errors = sum(_is_error(one) for one in told)
        self._seen.append((now, len(told), errors))
        if all(one.outcome == Outcome.NOT_SENT for one in told):
            self.lost(now)
        elif errors < len(told):
            self.reached()

    def lost(self, now: datetime, *, in_doubt: bool = False, was_silent: bool = False) -> None:
        """The connection ended, or could not be made. `in_doubt`: with messages unanswered;
        `was_silent`: it was not reached for longer than that already."""
        self._lost_at = self._lost_at or now
        if was_silent:
            self._lost_at = min(self._lost_at, now - UNREACHABLE_FOR)
        if in_doubt:
            self._cuts.append(now)

    def reached(self) -> None:
        self._lost_at = None

    def allowed(self, most: int) -> int:
        """How many messages it may be given now."""
        if self._state.circuit == Circuit.HALF_OPEN:
            return max(0, min(most, PROBES - self._probes))
        return most

    def given(self, count: int) -> None:
        if self._state.circuit == Circuit.HALF_OPEN:
            self._probes += count

    def step(self, now: datetime) -> None:
        """Look at the row and change it, once a second at most."""
        if self._looked_at is not None and now - self._looked_at < timedelta(seconds=1):
            return
        self._looked_at = now
        self._follow(_read(self.carrier_id))
        self._renew_probes(now)
        is_alone = routing.now().is_alone(self.carrier_id)
        verdict = decide(self._state, self._signs(now), now, is_alone=is_alone)
        if verdict is not None and _switch(self.carrier_id, self._state, verdict, now):
            self._follow(_read(self.carrier_id))
        self._count_cuts(now)

    def _follow(self, state: State) -> None:
        if state.circuit != self._state.circuit:
            self._seen.clear()
            self._probes = 0
            self._probed_at = None
        self._state = state

    def _renew_probes(self, now: datetime) -> None:
        """A trial whose messages were held back, or told nothing, must not last for ever."""
        if self._probed_at is None or now - self._probed_at >= TRY_AFTER:
            self._probes = 0
            self._probed_at = now

    def _signs(self, now: datetime) -> Signs:
        # What a trial has shown counts until its end, however little there is to send.
        is_tried = self._state.circuit == Circuit.HALF_OPEN
        while self._seen and not is_tried and now - self._seen[0][0] > WITHIN:
            self._seen.popleft()
        return Signs(
            None if self._lost_at is None else now - self._lost_at,
            sum(told for _at, told, _errors in self._seen),
            sum(errors for _at, _told, errors in self._seen),
        )

    def _count_cuts(self, now: datetime) -> None:
        while self._cuts and now - self._cuts[0] > CUTS_WITHIN:
            self._cuts.popleft()
        if len(self._cuts) > MOST_CUTS:
            minutes = CUTS_WITHIN // timedelta(minutes=1)
            hold_resends(
                carrier_id=self.carrier_id,
                reason=f"{len(self._cuts)} cuts in {minutes} minutes",
                now=now,
            )
            self._cuts.clear()


def _is_ours(one: Answer) -> bool:
    """We held it back: that tells nothing of the carrier."""
    return one.outcome == Outcome.NOT_SENT and not one.carrier_code


def _is_error(one: Answer) -> bool:
    return one.outcome in (Outcome.REFUSED_FOR_NOW, Outcome.UNKNOWN, Outcome.NOT_SENT)


def _read(carrier_id: int) -> State:
    found = Health.objects.filter(carrier=carrier_id)
    row = found.values_list("circuit", "changed_at", "switched_at").first()
    return State() if row is None else State(*row)


_SWITCH = """
    INSERT INTO messaging_health AS h
        (carrier_id, circuit, changed_at, switched_at, reason, resends)
    VALUES (%(carrier)s, %(circuit)s, %(now)s, %(switched)s, %(reason)s, 'automatic')
    ON CONFLICT (carrier_id) DO UPDATE SET circuit = EXCLUDED.circuit,
        changed_at = EXCLUDED.changed_at, reason = EXCLUDED.reason,
        switched_at = coalesce(EXCLUDED.switched_at, h.switched_at)
    WHERE h.circuit = %(before)s
"""


def _switch(carrier_id: int, before: State, verdict: Verdict, now: datetime) -> bool:
    """False where another process has changed it meanwhile."""
    is_switch = Circuit.CLOSED in (before.circuit, verdict.circuit)
    values: dict[str, Any] = {
        "carrier": carrier_id,
        "circuit": str(verdict.circuit),
        "now": now,
        "switched": now if is_switch else None,
        "reason": verdict.reason[:120],
        "before": str(before.circuit),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_SWITCH, values)
        if not cursor.rowcount:
            return False
        if is_switch:
            _tell(carrier_id, f"carrier.circuit_{verdict.circuit}", verdict.reason, now)
    log.warning("carrier %d: circuit %s %s", carrier_id, verdict.circuit, verdict.reason)
    return True


def _tell(carrier_id: int, action: str, reason: str, now: datetime) -> None:
    audit.record(
        actor="health",
        action=action,
        target=f"carrier:{carrier_id}",
        facts={"reason": reason} if reason else {},
        now=now,
    )


def try_again(*, now: datetime) -> int:
    """Carriers that have rested are tried, also where no sender is left that would ask."""
    return Health.objects.filter(circuit=Circuit.OPEN, changed_at__lte=now - TRY_AFTER).update(
        circuit=Circuit.HALF_OPEN, changed_at=now, reason=""
    )


def hold_resends(*, carrier_id: int, reason: str, now: datetime) -> bool:
    """Unknown outcomes of this carrier wait for a person; true for the one call that did it."""
    with transaction.atomic():
        Health.objects.get_or_create(carrier_id=carrier_id)
        held = Health.objects.filter(carrier=carrier_id, resends=Resends.AUTOMATIC).update(
            resends=Resends.HELD, resends_at=now, reason=reason[:120]
        )
        if held:
            _tell(carrier_id, "carrier.resends_held", reason, now)
    if held:
        log.error("carrier %d: resends are held: %s", carrier_id, reason)
    return bool(held)


def count_resends(*, now: datetime) -> int:
    """Hold the resends of carriers where they are more than so many of an hour's submissions.

    Where a person has decided within that hour, the decision stands: those were seen.
    """
    an_hour_ago = now - timedelta(hours=1)
    oldest = ids.first_at(an_hour_ago)
    decided = Health.objects.filter(resends_at__gt=an_hour_ago).values("carrier_id")
    found = (
        Attempt.objects.filter(state=AttemptState.SUPERSEDED, message_id__gte=oldest)
        .exclude(carrier_id__in=decided)
        .values_list("carrier_id")
        .annotate(count=Count("no"))
        .filter(count__gte=LEAST_RESENDS)
    )
    held = 0
    for carrier_id, resent in found:
        most = resent * RESENDS_ONE_IN
        submitted = Attempt.objects.filter(carrier=carrier_id, message_id__gte=oldest)[
            :most
        ].count()
        if submitted < most:
            reason = f"{resent} of {submitted} submissions of an hour were sent again"
            held += hold_resends(carrier_id=carrier_id, reason=reason, now=now)
    return held


def decide_resends(*, carrier_id: int, resends: str, actor: str, now: datetime) -> None:
    """What a person decides of unknown outcomes: send them once more from now on, hold them, or
    give them up. Raises ValueError for any other word."""
    choice = Resends(resends)
    with transaction.atomic():
        Health.objects.update_or_create(
            carrier_id=carrier_id, defaults={"resends": choice, "resends_at": now}
        )
        audit.record(
            actor=actor,
            action=f"carrier.resends_{choice}",
            target=f"carrier:{carrier_id}",
            now=now,
        )
