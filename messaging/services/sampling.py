"""Of what customers send in their own words, as free text or as a template's values, some is put
before reviewers: what was approved is one thing, what is sent may be another.

Taken by the hour from what was accepted, never while it is accepted. Which messages are taken
follows from their ids: they are random at their end, and who asks twice takes the same.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from accounts.models import Account
from messaging.models import Message, Sample, SampleMark, SampleShare
from smsplatform.core import ids
from smsplatform.core import review as desk
from templates_app.models import Template

KIND = "sample"
MOST_ASKED = 100
_DAY = timedelta(days=1)
# What is being committed right now has its id already.
_GRACE = timedelta(minutes=1)


class _Sent(NamedTuple):
    """What an account sent of a class, in its own words. `lot`: one of its messages, by chance."""

    account_id: int
    message_class: str
    lot: UUID


class _Wish(NamedTuple):
    """How much of that is taken."""

    sent: _Sent
    one_in: int
    most: int
    is_daily: bool


def take(*, now: datetime) -> int:
    """From what was accepted since the last time, a day at most. Returns how many."""
    with transaction.atomic():
        since, until = _window(now)
        wishes = _wishes(_sent(since, until), now)
        picked = _picked(wishes, since, until)
        picked += _daily(wishes, {one.account_id for one in picked}, now)
        Sample.objects.bulk_create(
            Sample(**one._asdict(), taken_at=now) for one in _unknown(picked)
        )
    return len(picked)


def ask(*, now: datetime) -> int:
    """The desk, about those that were taken. Returns how many; MOST_ASKED: call it again."""
    with transaction.atomic():
        fresh = Sample.objects.filter(asked_at=None).select_related("account").order_by("id")
        locked = fresh.select_for_update(of=("self",), skip_locked=True)
        samples: list[Sample] = list(locked[:MOST_ASKED])
        codes = Template.objects.in_bulk({one.template_id for one in samples if one.template_id})
        for one in samples:
            template = codes.get(one.template_id or 0)
            desk.open(
                kind=KIND,
                target_id=one.pk,
                account_id=one.account_id,
                title=f"{one.account} · {template or '–'}",
                now=now,
                facts={"class": one.message_class},
            )
        Sample.objects.filter(pk__in=[one.pk for one in samples]).update(asked_at=now)
    return len(samples)


def _window(now: datetime) -> tuple[UUID, UUID]:
    """Ids; two who ask at once ask one after the other."""
    until = now - _GRACE
    first = {"looked_until": until - timedelta(hours=1)}
    mark, _is_new = SampleMark.objects.select_for_update().get_or_create(pk=1, defaults=first)
    since = max(mark.looked_until, until - _DAY)
    SampleMark.objects.filter(pk=1).update(looked_until=max(mark.looked_until, until))
    return ids.first_at(since), ids.first_at(until)


# Not what reaches no phone, nor what a reviewer reads anyway, nor what was approved whole.
_OWN_WORDS = """
    FROM messaging_message m
    LEFT JOIN messaging_route r ON r.id = m.route_id
    LEFT JOIN templates_app_template t ON t.id = m.template_id
    {more}
    WHERE m.id >= %(since)s::uuid AND m.id < %(until)s::uuid
      AND m.state NOT IN ('review', 'rejected') AND r.is_sandbox IS NOT true
      AND (m.template_id IS NULL OR t.variables <> '[]')
"""


def _sent(since: UUID, until: UUID) -> list[_Sent]:
    with connection.cursor() as cursor:
        cursor.execute(_SENT, {"since": str(since), "until": str(until)})
        return [_Sent(account, of, UUID(lot[12:])) for account, of, lot in cursor.fetchall()]


# Twelve digits of chance, then the id that they are the end of.
_SENT = f"""
    SELECT m.account_id, m.message_class, min(right(m.id::text, 12) || m.id::text)
    {_OWN_WORDS.format(more="")}
    GROUP BY m.account_id, m.message_class
"""


def _wishes(sent: Sequence[_Sent], now: datetime) -> list[_Wish]:
    shares = {(row.account_id, row.message_class): row for row in SampleShare.objects.all()}
    account_ids = {one.account_id for one in sent}
    born = dict(Account.objects.filter(pk__in=account_ids).values_list("pk", "created_at"))
    today = Sample.objects.filter(account__in=account_ids, taken_at__gt=now - _DAY)
    taken = Counter(today.values_list("account_id", "message_class"))
    wishes = []
    for one in sent:
        share = _share(shares, one)
        if share is None:
            continue
        is_new = born[one.account_id] > now - timedelta(days=share.new_for_days)
        most = share.most_a_day - taken[one.account_id, one.message_class]
        one_in = share.new_one_in if is_new else share.one_in
        wishes.append(_Wish(one, one_in, max(0, most), share.is_daily))
    return wishes


def _share(shares: dict[tuple[int | None, str], SampleShare], one: _Sent) -> SampleShare | None:
    keys = [(one.account_id, one.message_class), (one.account_id, ""), (None, one.message_class)]
    found = (shares.get(key) for key in [*keys, (None, "")])
    return next((share for share in found if share is not None), None)


class _Picked(NamedTuple):
    message_id: UUID
    account_id: int
    message_class: str
    template_id: int | None


def _picked(wishes: Sequence[_Wish], since: UUID, until: UUID) -> list[_Picked]:
    values: dict[str, Any] = {
        "since": str(since),
        "until": str(until),
        "accounts": [wish.sent.account_id for wish in wishes],
        "classes": [wish.sent.message_class for wish in wishes],
        "ones": [wish.one_in for wish in wishes],
        "mosts": [wish.most for wish in wishes],
    }
    with connection.cursor() as cursor:
        cursor.execute(_PICK, values)
        return [_Picked(*row) for row in cursor.fetchall()]


_WISHES = """
    JOIN unnest(%(accounts)s::bigint[], %(classes)s::text[], %(ones)s::bigint[], %(mosts)s::int[])
        AS w(account_id, message_class, one_in, most)
      ON w.account_id = m.account_id AND w.message_class = m.message_class
"""
_PICK = f"""
    SELECT id, account_id, message_class, template_id FROM (
        SELECT m.id, m.account_id, m.message_class, m.template_id, w.most, row_number() OVER (
            PARTITION BY m.account_id, m.message_class ORDER BY right(m.id::text, 12)
        ) AS place
        {_OWN_WORDS.format(more=_WISHES)}
          AND ('x' || right(m.id::text, 8))::bit(32)::bigint %% w.one_in = 0
    ) lots WHERE place <= most
"""  # noqa: S608 - all ours


def _daily(wishes: Sequence[_Wish], picked: set[int], now: datetime) -> list[_Picked]:
    """One of each account that has sent and has had none for a day."""
    wanted = {
        wish.sent.account_id: wish.sent.lot
        for wish in wishes
        if wish.is_daily and wish.most and wish.sent.account_id not in picked
    }
    today = Sample.objects.filter(account__in=wanted, taken_at__gt=now - _DAY)
    for account_id in today.values_list("account_id", flat=True):
        wanted.pop(account_id, None)
    found = Message.objects.filter(id__among=wanted.values())
    rows = found.values_list("id", "account_id", "message_class", "template_id")
    return [_Picked(*row) for row in rows]


def _unknown(picked: Sequence[_Picked]) -> list[_Picked]:
    """Nothing is looked at twice, whatever the mark says."""
    found = Sample.objects.filter(message_id__among=[one.message_id for one in picked])
    known = set(found.values_list("message_id", flat=True))
    return [one for one in picked if one.message_id not in known]
