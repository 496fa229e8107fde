"""What a run came to: the far end's own logs and the customer's answers against our tables.

The far end's logs are the truth and our tables the accused.
"""

import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from billing.models import Entry
from messaging.models import Attempt, Batch, Inbound, Message, MessageText, Receipt
from messaging.services.attempts import normalised
from messaging.simulator import log
from messaging.simulator.log import Submission
from messaging.states import MESSAGE, NEVER_ACCEPTED, TOLD, State
from reports.services import verification
from smsplatform.core import clock
from tests.sweep.town import Town

# What a broken invariant means to the customer; the others are against what we promise.
MEANS = {"I04": "double_charged", "I05": "double_refunded", "I10": "stuck", "I11": "stuck"}
# Each text carries a number of its own, so that a copy tells whose it is.
MARK = re.compile(r"\d{6}")


@dataclass
class Verdict:
    counts: Counter = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def add(self, kind: str, what: str) -> None:
        self.counts[kind] += 1
        self.faults.append(f"{kind}: {what}")

    @property
    def is_clean(self) -> bool:
        return not self.faults


def judge(town: Town, *, is_settled: bool) -> Verdict:
    verdict = Verdict()
    if not is_settled:
        verdict.add("stuck", "something never came to its end")
    far_end = _FarEnd(town)
    for message in Message.objects.order_by("id"):
        _judge_message(message, far_end, verdict)
    for copy in far_end.nobodys:
        verdict.add("against_policy", f"{copy.to} was sent and belongs to nothing that we accepted")
    _judge_requests(town, verdict)
    _judge_receipts(town, verdict)
    _judge_inbound(town, verdict)
    _judge_webhooks(town, verdict)
    for finding in verification.check(since=None, now=clock.now()):
        for row in finding.rows:
            verdict.add(
                MEANS.get(finding.invariant.id, "against_policy"), f"{finding.invariant.id}: {row}"
            )
    return verdict


class _FarEnd:
    """What the carriers accepted, message by message."""

    def __init__(self, town: Town) -> None:
        told = log.read_submissions(town.simulator.centre.submissions.path)
        self.nobodys: list[Submission] = []
        self._copies: dict[UUID, list[Submission]] = defaultdict(list)
        by_mark = _by_mark()
        by_number = {one.number.lstrip("+"): one.id for one in Message.objects.filter(parts__gt=1)}
        for copy in told:
            if not copy.id:
                continue
            owner = by_number.get(copy.to.lstrip("+")) if copy.parts > 1 else by_mark(copy)
            if owner is None:
                self.nobodys.append(copy)
            else:
                self._copies[owner].append(copy)

    def copies(self, message: Message) -> list[Submission]:
        return self._copies[message.id]


def _by_mark() -> Any:
    texts = dict(MessageText.objects.values_list("message_id", "text"))
    numbers = dict(Message.objects.values_list("id", "number"))
    owners = {
        (_mark(text), numbers[message_id].lstrip("+")): message_id
        for message_id, text in texts.items()
    }
    return lambda copy: owners.get((_mark(copy.text), copy.to.lstrip("+")))


def _mark(text: str) -> str:
    found = MARK.search(text)
    return found.group() if found else text


def _judge_message(message: Message, far_end: _FarEnd, verdict: Verdict) -> None:
    copies = far_end.copies(message)
    times = Counter((copy.reference, copy.part) for copy in copies)
    parts = {copy.part for copy in copies}
    submitted = len({copy.reference for copy in copies})
    who = f"{message.number} {message.state} {message.reason}"
    refunds = Entry.objects.filter(kind="refund", reference=f"message:{message.id}").count()
    if refunds > 1:
        verdict.add("double_refunded", f"{who}: {refunds} refunds")
    if not message.is_final:
        verdict.add("stuck", who)
    is_given_up = message.state in NEVER_ACCEPTED
    if not is_given_up and message.is_final and len(_whole(copies)) == 0:
        verdict.add("lost", f"{who}: charged, and no carrier has it")
    if is_given_up and copies and not _may_be_free(message):
        verdict.add("against_policy", f"{who}: refunded, and a carrier has parts {parts}")
    if any(count > 1 for count in times.values()):
        verdict.add("against_policy", f"{who}: one attempt sent a part twice")
    _judge_copies(message, submitted, who, verdict)
    _judge_word(message, copies, who, verdict)


def _whole(copies: list[Submission]) -> list[Submission]:
    parts: dict[Any, set[int]] = defaultdict(set)
    for copy in copies:
        parts[copy.reference].add(copy.part)
    return [one for one in copies if one.part == 1 and len(parts[one.reference]) == _count(one)]


def _count(copy: Submission) -> int:
    """An HTTP carrier takes all parts in one submission."""
    return 1 if copy.carrier == "http" else copy.parts


def _may_be_free(message: Message) -> bool:
    """Nobody knew whether it was sent; or a carrier refused the rest of a long one."""
    return message.reason == "outcome_unknown" or message.parts > 1


def _judge_copies(message: Message, submitted: int, who: str, verdict: Verdict) -> None:
    most = 2 if message.on_unknown == Message.OnUnknown.RESEND else 1
    if submitted > most:
        verdict.add("against_policy", f"{who}: {submitted} copies, {most} allowed")
    if submitted > 1 + message.resends:
        verdict.add("against_policy", f"{who}: {submitted} copies, resent {message.resends} times")
    states = list(Attempt.objects.filter(message_id=message.id).order_by("no"))
    if any(one.state == "accepted" for one in states[:-1]):
        verdict.add("against_policy", f"{who}: sent again after an answer was stored")


def _judge_word(message: Message, copies: list[Submission], who: str, verdict: Verdict) -> None:
    """Its end must be what the carrier said of one of its own copies."""
    said = {stat for copy in copies for _due, stat, _err in copy.receipts}
    if message.state == State.DELIVERED and "DELIVRD" not in said:
        verdict.add("lost", f"{who}: another message's receipt was credited to it")
    if message.state == State.UNDELIVERED and not said - {"DELIVRD"}:
        verdict.add("lost", f"{who}: another message's receipt was charged to it")
    if message.state == State.NO_RECEIPT and said & {"DELIVRD", "UNDELIV", "EXPIRED", "REJECTD"}:
        verdict.add("lost", f"{who}: its receipt came and had no effect")


def _judge_requests(town: Town, verdict: Verdict) -> None:
    known = {str(one) for one in Message.objects.values_list("id", flat=True)}
    for name, (status, body) in town.answers.items():
        for one in body.get("messages", []) if status == 202 else []:
            if one["id"] not in known:
                verdict.add("lost", f"{name}: {one['id']} was answered 202 and is not there")
    for name in town.asked:
        batches = Batch.objects.filter(reference=name).count()
        if batches > 1:
            verdict.add("double_charged", f"{name}: accepted {batches} times")
    refunded = Entry.objects.filter(kind="charge").values_list("reference", "line")
    for reference, count in Counter(refunded).items():
        if count > 1:
            verdict.add("double_charged", f"{reference}: {count} times")


def _judge_receipts(town: Town, verdict: Verdict) -> None:
    """Every receipt that we acknowledged is in our table."""
    lines = log.read_lines(town.directory / "receipts.log")
    kept = set(Receipt.objects.values_list("carrier_message_id", flat=True))
    for _offset, data in lines:
        name = json.loads(data).get("id")
        if name and normalised(name) not in kept:
            verdict.add("lost", f"the receipt of {name} was acknowledged and is not there")


def _judge_inbound(town: Town, verdict: Verdict) -> None:
    """What phones wrote is in our table once it was acknowledged, and never twice."""
    orders = town.simulator._smpp.injections.as_json()
    kept = Inbound.objects.count()
    acknowledged, wanted = (sum(one[name] for one in orders) for name in ("acknowledged", "wanted"))
    if kept < acknowledged:
        verdict.add("lost", f"{acknowledged} messages were acknowledged and {kept} are there")
    if kept > wanted:
        verdict.add("against_policy", f"phones wrote {wanted} messages and {kept} are there")


def _judge_webhooks(town: Town, verdict: Verdict) -> None:
    told = set()
    for _offset, data in log.read_lines(town.directory / "webhooks.log"):
        line = json.loads(data)
        if line["signature"] != "valid":
            verdict.add("against_policy", f"a webhook's signature is {line['signature']}")
        if line["answered"] == 200:
            body = json.loads(line["body"])
            told.add((body["data"].get("id"), body["data"].get("state")))
    for message in Message.objects.filter(state__in=TOLD & MESSAGE.states):
        if (str(message.id), message.state) not in told:
            verdict.add("lost", f"the customer was not told that {message.number} {message.state}")
