"""Time passes until everything has come to its end: quickly where nothing but time is missing."""

from datetime import datetime, timedelta

from django.db import connection

from messaging.models import Health
from messaging.services import health
from smsplatform.core import clock
from smsplatform.core import review as desk
from tests.sweep.town import Town

LOOK_SECONDS = 0.25
# So long without a change, whoever looks again each second has looked: only a deadline is left.
QUIET_SECONDS = 2.0
# How long after a deadline it may take until somebody acts: a carrier that rests is tried again
# after half a minute, a lease is asked for each second.
ANSWERED_WITHIN = timedelta(seconds=40)
MOST_WITH_RECEIPTS_SECONDS = 10.0
# What may pass beside the deadlines that are skipped to.
LIMIT_SECONDS = 120.0
OPEN = ("scheduled", "review", "queued", "sending", "uncertain", "sent")


def settle(town: Town, *, limit_seconds: float = LIMIT_SECONDS) -> bool:
    """Whether all is over in time. What is not is stuck."""
    passed, quiet, before = 0.0, 0.0, None
    while passed < limit_seconds:
        town.loop.run_for(LOOK_SECONDS)
        passed += LOOK_SECONDS
        while town.work_off_queue():
            quiet = 0.0
        now = _fingerprint(town)
        if _is_settled(town, now):
            return True
        quiet = quiet + LOOK_SECONDS if now == before else 0.0
        before = now
        if quiet >= QUIET_SECONDS:
            _decide_resends(town)
            _decide_reviews(town)
            _skip(town)
            quiet = 0.0
    return False


def _is_settled(town: Town, seen: tuple[object, ...]) -> bool:
    open_messages, _attempts, open_deliveries, open_tasks, open_receipts, *_rest = seen
    is_over = not (open_messages or open_deliveries or open_tasks or open_receipts)
    return is_over and all(asking.done() for asking in town.asking)


def _fingerprint(town: Town) -> tuple[object, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, {"open": list(OPEN)})
        messages, attempts, deliveries, *others = cursor.fetchone()
    open_receipts = town.simulator.centre.open_receipts
    tasks, *rest = others
    return (messages, attempts, deliveries, tasks, open_receipts, *rest)


_SEEN = """
    SELECT (SELECT string_agg(id || state, ',' ORDER BY id) FROM messaging_message
            WHERE state = ANY(%(open)s)),
           (SELECT string_agg(message_id || state, ',' ORDER BY message_id, no)
            FROM messaging_attempt WHERE state IN ('claimed', 'submitting', 'uncertain')),
           (SELECT count(*) FROM accounts_webhookdelivery WHERE state = 'pending'),
           (SELECT count(*) FROM django_q_ormq),
           (SELECT count(*) FROM messaging_receipt),
           (SELECT count(*) FROM messaging_receipt WHERE applied_at IS NOT NULL),
           (SELECT sum(tries) FROM accounts_webhookdelivery)
"""


def _decide_resends(town: Town) -> None:
    """Where they are held, somebody of the staff has to say what becomes of unknown outcomes."""
    for held in Health.objects.filter(resends=Health.Resends.HELD):
        town.tell(f"staff: resends of carrier {held.carrier_id}: {town.staff_decides}")
        health.decide_resends(
            carrier_id=held.carrier_id, resends=town.staff_decides, actor="staff", now=clock.now()
        )


def _decide_reviews(town: Town) -> None:
    """What waits for a reviewer is read: prizes are rejected."""
    for item in desk.Item.objects.live():
        is_bad = "prize" in item.title
        town.tell(f"staff: {item.title} is {'rejected' if is_bad else 'let go'}")
        desk.decide(
            item_id=item.pk,
            decision="rejected" if is_bad else "approved",
            reasons=[{"code": "prohibited"}] if is_bad else [],
            by_id=1,
            by_name="staff",
            now=clock.now(),
        )


def _skip(town: Town) -> None:
    """To shortly before the next deadline, unless one has come that is just being answered."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, {"now": clock.now(), "living": _owners(town)})
        deadlines = [found for found in cursor.fetchone() if found is not None]
    now = clock.now()
    deadlines += _of_the_far_end(town)
    if any(now - ANSWERED_WITHIN < one <= now for one in deadlines):
        return
    ahead = [one for one in deadlines if one > now]
    seconds = (min(ahead) - now).total_seconds() - LOOK_SECONDS if ahead else 0.0
    most = MOST_WITH_RECEIPTS_SECONDS if _has_receipts_on_their_way(town) else seconds
    if LOOK_SECONDS < seconds <= most:
        town.tell(f"nothing happens for {seconds:.0f} s")
        town.loop.skip(seconds)


def _has_receipts_on_their_way(town: Town) -> bool:
    """The far end is telling, or waits for somebody to tell."""
    centre = town.simulator.centre
    return centre.open_receipts > len(centre._heap)


def _owners(town: Town) -> list[str]:
    names = [process.name for process in town.processes.values() if not process.is_dead]
    return names + [f"{name} sweeper" for name in names]


def _of_the_far_end(town: Town) -> list[datetime]:
    due = town.simulator.centre.next_due_at()
    return [datetime.fromtimestamp(due, clock.now().tzinfo)] if due else []


# 31 s: how long an answer is waited for, 72 h: a receipt (and a minute until somebody looks);
# 10 s: how long a lease outlives its owner.
_NEXT = """
    SELECT (SELECT min(due_at) FROM messaging_due),
           (SELECT min(decide_at) FROM messaging_attempt WHERE state = 'uncertain'),
           (SELECT min(submitting_at) + interval '31 s' FROM messaging_attempt
            WHERE state IN ('claimed', 'submitting')),
           (SELECT min(due_at) FROM accounts_webhookdelivery WHERE state = 'pending'),
           (SELECT min(sent_at) + interval '72 h 61 s' FROM messaging_message WHERE state = 'sent'),
           (SELECT min(heartbeat_at) + interval '10 s' FROM messaging_lease
            WHERE heartbeat_at > %(now)s - interval '15 s' AND owner <> ALL(%(living)s))
"""
