"""Frequency caps: how often one number may be written to, judged when a message is accepted.

An account's own messages are the count: its ledger's lock is held, so what another process accepted
has committed, or waits for us. Only what is counted across accounts needs rows, and locks, of its
own. Minutes and hours are the clock's; the day is the last 24 hours, to the millisecond.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from messaging.models import FrequencyCap
from messaging.services import caps
from messaging.services.caps import Cap
from messaging.services.validation import Draft
from smsplatform.core import ids
from smsplatform.core.errors import DomainError, Problem, Sentence
from smsplatform.core.together import Statement

DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

_Per = FrequencyCap.Per
_Window = FrequencyCap.Window

CODE = "frequency_capped"
SENTENCES: dict[str, Sentence] = {
    _Per.SIGNATURE: _(
        "This number has had {most} messages of this class and signature within the {window}, as"
        " many as its cap allows; try again from {retry_at}."
    ),
    _Per.TEMPLATE: _(
        "This number has had {most} messages of this template and signature within the {window}, as"
        " many as its cap allows; try again from {retry_at}."
    ),
    _Per.PLATFORM: _(
        "This number has had {most} messages of this class from all senders within the {window}, as"
        " many as the platform allows; try again from {retry_at}."
    ),
    caps.TRIAL: _(
        "This number of yours has had {most} messages within the {window}, as many as it may have"
        " before your account is live; try again from {retry_at}."
    ),
}
WINDOWS: dict[str, Sentence] = {
    _Window.MINUTE: _("clock minute"),
    _Window.HOUR: _("clock hour"),
    _Window.DAY: _("last 24 hours"),
}


class FrequencyCapped(DomainError):
    """Every recipient of a request is at a cap. Retry-After says when the first of them is not."""

    code = CODE
    status = 429
    message = _("Nothing was sent: each number has had as many messages as its cap allows.")


class Raced(Exception):
    """Somebody else counted the same number for the first time; roll back and judge again."""


class Hit(NamedTuple):
    """A message that a number had, or is about to have."""

    milliseconds: int
    signature_id: int
    template_id: int | None
    message_class: str


class Counters:
    """What the numbers of a group of requests have had: `questions` to be asked inside its
    transaction, under the ledgers' locks. A request's messages are judged one by one, each counting
    for the next; `keep` or `undo` them. `changes` are to be written in the end, then `check`."""

    def __init__(self, wanted: Iterable[tuple[int, Draft]], *, now: datetime) -> None:
        """`wanted`: accounts and what they want to send."""
        drafts = list(wanted)
        self._now = now
        self._milliseconds = (now - _EPOCH) // _MILLISECOND
        self._rules = caps.of_accounts({account_id for account_id, _draft in drafts})
        own: set[tuple[int, str]] = set()
        shared: set[tuple[str, str]] = set()
        for account_id, draft in drafts:
            for cap in self._caps(account_id, draft):
                if cap.per == _Per.PLATFORM:
                    shared.add((draft.number, draft.message_class))
                else:
                    own.add((account_id, draft.number))
        self._history = _History(own, now)
        self._shared = _Shared(shared, now)
        self._trail: list[tuple[int, Draft]] = []

    @property
    def questions(self) -> list[Statement]:
        return [*self._history.questions, *self._shared.questions]

    def changes(self) -> list[Statement]:
        return self._shared.changes()

    def check(self) -> None:
        """Raises Raced where a row has appeared that was not there to be locked."""
        self._shared.check()

    def admit(self, account_id: int, draft: Draft) -> Problem | None:
        """Counts it, or names the cap that keeps its number longest from being written to."""
        judging = self._caps(account_id, draft)
        full = [
            (free_at, cap)
            for cap in judging
            if (free_at := _free_at(cap, self._counted(cap, account_id, draft), self._now))
        ]
        if full:
            return _problem(*max(full))
        if judging:
            self._add(account_id, draft, judging)
        return None

    def keep(self) -> None:
        self._trail.clear()

    def undo(self) -> None:
        """What was admitted since the last `keep` was not accepted after all."""
        for account_id, draft in self._trail:
            self._history.of(account_id, draft.number).pop()
            if self._is_shared(self._caps(account_id, draft)):
                self._shared.drop_last(draft.number, draft.message_class)
        self._trail.clear()

    def _add(self, account_id: int, draft: Draft, judging: Sequence[Cap]) -> None:
        hit = Hit(self._milliseconds, draft.signature_id, draft.template_id, draft.message_class)
        self._history.of(account_id, draft.number).append(hit)
        if self._is_shared(judging):
            self._shared.add(draft.number, draft.message_class, self._milliseconds)
        self._trail.append((account_id, draft))

    def _is_shared(self, judging: Sequence[Cap]) -> bool:
        return any(cap.per == _Per.PLATFORM for cap in judging)

    def _caps(self, account_id: int, draft: Draft) -> tuple[Cap, ...]:
        rules = self._rules[account_id]
        found = rules.of(account_id, draft.message_class, draft.country)
        judging = () if found and rules.exempts(account_id, draft.number) else found
        return (*judging, caps.of_trial(draft.trial_most)) if draft.trial_most else judging

    def _counted(self, cap: Cap, account_id: int, draft: Draft) -> list[int]:
        """Milliseconds of what the cap counts together with the draft, ascending."""
        if cap.per == _Per.PLATFORM:
            return self._shared.of(draft.number, draft.message_class)
        hits = self._history.of(account_id, draft.number)
        if cap.per == caps.TRIAL:
            return [hit.milliseconds for hit in hits]
        is_template = cap.per == _Per.TEMPLATE
        return [
            hit.milliseconds
            for hit in hits
            if hit.message_class == draft.message_class
            and hit.signature_id == draft.signature_id
            and (not is_template or hit.template_id == draft.template_id)
        ]


def _free_at(cap: Cap, hits: Sequence[int], now: datetime) -> datetime | None:
    """When a full cap lets the next one through; None where it does now."""
    if len(hits) < cap.most:
        return None
    start, end = _clock(cap, now)
    since = (start - _EPOCH) // _MILLISECOND
    # A day ago to the millisecond is over; the clock's minute begins with its first one.
    counted = [hit for hit in hits if (hit > since if end is None else hit >= since)]
    if len(counted) < cap.most:
        return None
    if end is not None:
        return end
    return _EPOCH + counted[-cap.most] * _MILLISECOND + DAY if cap.most else now + DAY


def _clock(cap: Cap, now: datetime) -> tuple[datetime, datetime | None]:
    """Where the window began, and where it ends; the sliding one ends when a hit grows old."""
    if cap.window == _Window.DAY:
        return now - DAY, None
    local = now.astimezone(ZoneInfo(cap.zone)).replace(second=0, microsecond=0)
    if cap.window == _Window.MINUTE:
        return local, local + timedelta(minutes=1)
    start = local.replace(minute=0)
    return start, start + timedelta(hours=1)


def _problem(free_at: datetime, cap: Cap) -> Problem:
    facts = {
        "cap": cap.per,
        "window": WINDOWS[cap.window],
        "most": cap.most,
        # Rounded up: at that second it is free.
        "retry_at": _next_second(free_at).isoformat().replace("+00:00", "Z"),
    }
    return Problem(CODE, SENTENCES[cap.per], "to", facts)


def _next_second(instant: datetime) -> datetime:
    whole = instant.astimezone(UTC).replace(microsecond=0)
    return whole if whole == instant else whole + timedelta(seconds=1)


class _History:
    """What accounts sent to numbers since yesterday, oldest first."""

    def __init__(self, wanted: Collection[tuple[int, str]], now: datetime) -> None:
        self.questions = [Statement(_HISTORY, _values(wanted, now))] if wanted else []
        self._hits: dict[tuple[int, str], list[Hit]] | None = None

    def of(self, account_id: int, number: str) -> list[Hit]:
        if self._hits is None:
            self._hits = defaultdict(list)
            for question in self.questions:
                for owner, its_number, message_id, *hit in question.rows:
                    self._hits[owner, its_number].append(Hit(message_id.int >> 80, *hit))
        return self._hits[account_id, number]


def _values(wanted: Collection[tuple[int, str]], now: datetime) -> dict[str, Any]:
    accounts, numbers = zip(*wanted, strict=True)
    since = (now - DAY).astimezone(UTC)
    month = since.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return {
        "accounts": list(accounts),
        "numbers": list(numbers),
        "month": ids.first_at(month),
        "since": ids.first_at(since),
    }


# PostgreSQL knows little of the last minutes: of "since yesterday" it expects a row or none, and
# then reads all that the account sent since, once for each number. So it is told the month alone,
# which names the partitions, and asks the index by number.
_HISTORY = """
    SELECT m.account_id, m.number, m.id, m.signature_id, m.template_id, m.message_class
    FROM unnest(%(accounts)s::bigint[], %(numbers)s::text[]) AS v(account_id, number)
    CROSS JOIN LATERAL (
        SELECT * FROM messaging_message m
        WHERE m.account_id = v.account_id AND m.number = v.number
            AND m.id >= %(month)s AND m.id >= (SELECT %(since)s::uuid)
        OFFSET 0
    ) m
    ORDER BY m.id
"""


class _Shared:
    """What numbers had from all accounts. Rows that are there are locked, in one order; two that
    both make the first row of a number find out when they write, and one of them starts again."""

    def __init__(self, wanted: Collection[tuple[str, str]], now: datetime) -> None:
        self._today = _day(now)
        self._new: dict[tuple[str, str], list[int]] = {}
        self._found: dict[tuple[str, str], list[int]] | None = None
        self._locked: set[tuple[str, str]] = set()
        self._fresh = 0
        self._making: Statement | None = None
        self.questions: list[Statement] = []
        if wanted:
            # In one order, so that two who lock the same numbers wait for each other in turn.
            numbers, classes = map(list, zip(*sorted(wanted), strict=True))
            values = {
                "numbers": numbers,
                "classes": classes,
                "days": [_day(now - DAY), self._today],
            }
            self.questions.append(Statement(_LOCK, values))

    def of(self, number: str, message_class: str) -> list[int]:
        return self._hits[number, message_class]

    def add(self, number: str, message_class: str, milliseconds: int) -> None:
        self._hits[number, message_class].append(milliseconds)
        self._new.setdefault((number, message_class), []).append(milliseconds)

    def drop_last(self, number: str, message_class: str) -> None:
        self._hits[number, message_class].pop()
        self._new[number, message_class].pop()

    def changes(self) -> list[Statement]:
        new = {key: hits for key, hits in self._new.items() if hits}
        statements = []
        if there := {key: new[key] for key in new.keys() & self._locked}:
            statements.append(Statement(_ADD, self._values(there)))
        if fresh := {key: new[key] for key in sorted(new.keys() - self._locked)}:
            self._fresh, self._making = len(fresh), Statement(_MAKE, self._values(fresh))
            statements.append(self._making)
        return statements

    def check(self) -> None:
        if self._making and self._making.count < self._fresh:
            raise Raced

    def _values(self, hits: Mapping[tuple[str, str], list[int]]) -> dict[str, Any]:
        numbers, classes = zip(*hits, strict=True)
        # unnest flattens an array of arrays, but not an array of their texts.
        texts = ["{" + ",".join(map(str, of_one)) + "}" for of_one in hits.values()]
        return {
            "day": self._today,
            "numbers": list(numbers),
            "classes": list(classes),
            "hits": texts,
        }

    @property
    def _hits(self) -> dict[tuple[str, str], list[int]]:
        if self._found is None:
            self._found = defaultdict(list)
            for question in self.questions:
                for day, number, message_class, hits in question.rows:
                    self._found[number, message_class] += hits
                    if day == self._today:
                        self._locked.add((number, message_class))
        return self._found


# Row by row in the order of the arrays, as OFFSET 0 leaves no other way.
_LOCK = """
    SELECT h.* FROM unnest(%(numbers)s::text[], %(classes)s::text[]) AS v(number, message_class)
    CROSS JOIN LATERAL (
        SELECT d.day, d.number, d.message_class, d.hits FROM messaging_numberday d
        WHERE d.day = ANY(%(days)s::uuid[]) AND d.number = v.number
            AND d.message_class = v.message_class
        OFFSET 0 FOR UPDATE
    ) h
"""
_ADD = """
    UPDATE messaging_numberday d SET hits = d.hits || v.hits::bigint[]
    FROM unnest(%(numbers)s::text[], %(classes)s::text[], %(hits)s::text[])
        AS v(number, message_class, hits)
    WHERE d.day = %(day)s AND d.number = ANY(%(numbers)s)
        AND d.number = v.number AND d.message_class = v.message_class
"""
_MAKE = """
    INSERT INTO messaging_numberday (day, number, message_class, hits)
    SELECT %(day)s, v.number, v.message_class, v.hits::bigint[]
    FROM unnest(%(numbers)s::text[], %(classes)s::text[], %(hits)s::text[])
        AS v(number, message_class, hits)
    ON CONFLICT DO NOTHING
"""


def _day(instant: datetime) -> UUID:
    start = instant.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return ids.first_at(start)
