"""The SMPP side: submissions in, answers and receipts out."""

import asyncio
import hmac
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache

from messaging.simulator import spelling, texts
from messaging.simulator.centre import OVERTAKEN_SECONDS, Centre
from messaging.simulator.doorman import Doorman
from messaging.simulator.faults import Fault, Script
from messaging.simulator.injected import Injected, Injections, Order
from messaging.simulator.log import Submission
from messaging.simulator.recovery import Receipt
from messaging.smpp import pdu, receipts, status
from messaging.smpp.events import Answered, Submitted, Unanswered
from messaging.smpp.pdu import Bind, DeliverSm
from messaging.smpp.server import Connection, Settled, SmppServer
from messaging.smpp.session import Limits

# How long a client may take to answer our unbind.
GOODBYE_SECONDS = 2.0

# Longer than any client waits to be bound.
SILENCE_SECONDS = 3600.0

RECEIPT_ASKED_FOR = 0x03


class SmppDoor:
    def __init__(
        self, centre: Centre, script: Script, accounts: Mapping[str, str], wake: Callable[[], None]
    ) -> None:
        self._centre = centre
        self._script = script
        self.accounts = dict(accounts)
        self.injections = Injections()
        self._wake = wake
        self._waiting: dict[str, deque[Receipt]] = defaultdict(deque)
        self.server: SmppServer

    async def start(self, host: str, port: int, limits: Limits) -> None:
        self.server = SmppServer(
            host,
            port,
            authenticate=self._authenticate,
            on_submit=self._on_submit,
            on_delivery=self._on_delivery,
            on_close=self._on_close,
            limits=limits,
            system_id="SIMULATOR",
        )
        await self.server.start()
        self._doorman = Doorman(self._script, self.server)
        self._keeping_door = asyncio.create_task(self._doorman.run())

    async def stop(self) -> None:
        self._keeping_door.cancel()
        stopping = asyncio.create_task(self.server.stop())
        await asyncio.wait([stopping], timeout=GOODBYE_SECONDS)
        for connection in list(self.server.bound):
            connection.abort()
        await stopping

    # -- binds -----------------------------------------------------------------------------

    async def _authenticate(self, bind: Bind, _host: str) -> int:
        fault = self._script.take("bind", "smpp")
        if fault:
            await asyncio.sleep(SILENCE_SECONDS if fault.act == "silence" else fault.seconds)
            if fault.act == "answer":
                return fault.status
        password = self.accounts.get(bind.system_id)
        if password is None:
            return status.INVALID_SYSTEM_ID
        if not hmac.compare_digest(password.encode(), bind.password.encode()):
            return status.INVALID_PASSWORD
        # This very step of the loop makes it bound; then its receipts can go.
        asyncio.get_running_loop().call_soon(self._on_bound, bind.system_id)
        return status.OK

    def _on_bound(self, account: str) -> None:
        self._doorman.greet()
        self._pump(account)

    def _on_close(self, connection: Connection, _reason: str) -> None:
        if not connection.system_id:
            return
        again = []
        for token in connection.outstanding():
            if isinstance(token, Injected):
                self.injections.lose(connection.system_id, token)
            else:
                again.append(token)
        self._waiting[connection.system_id].extendleft(reversed(again))
        self._pump(connection.system_id)

    # -- submissions -----------------------------------------------------------------------

    def _on_submit(self, connection: Connection, submitted: list[Submitted]) -> None:
        now = time.time()
        is_cut = False
        if self._script.faults:
            submitted, is_cut = self._spoil(connection, submitted, now)
        arrived = [(event, _read(event, connection.system_id, now)) for event in submitted]
        self._keep([submission for _, submission in arrived])
        for event, submission in arrived:
            if submission.is_answered_last:
                self._answer_later(connection, event, submission, OVERTAKEN_SECONDS)
            else:
                self._answer(connection, event, submission)
        if is_cut:  # after what was answered before
            asyncio.get_running_loop().call_soon(connection.abort)

    def _keep(self, submissions: list[Submission]) -> None:
        if submissions:
            self._centre.keep(submissions)
            self._wake()

    def _answer(self, connection: Connection, event: Submitted, submission: Submission) -> None:
        told = spelling.in_answer(self._centre.behaviour.ids, submission.id)
        connection.answer(event.sequence, submission.status, told)

    def _answer_later(
        self, connection: Connection, event: Submitted, submission: Submission, seconds: float
    ) -> None:
        asyncio.get_running_loop().call_later(seconds, self._answer, connection, event, submission)

    def _spoil(
        self, connection: Connection, submitted: Sequence[Submitted], now: float
    ) -> tuple[list[Submitted], bool]:
        """Play the script. Returns what goes the ordinary way, and whether the connection is reset:
        then the rest of what was read shares the fate of the one that was to be answered."""
        spared = []
        for place, event in enumerate(submitted):
            part = texts.read(event.submit, connection.system_id, now).part
            fault = self._script.take("submit", "smpp", event.submit.destination, part)
            if fault is None:
                spared.append(event)
            elif fault.act == "close":
                swallowed = submitted[place:] if fault.keep else []
                self._keep([_read(one, connection.system_id, now) for one in swallowed])
                return spared, True
            else:
                self._play(fault, connection, event, now)
        return spared, False

    def _play(self, fault: Fault, connection: Connection, event: Submitted, now: float) -> None:
        submission = _read(event, connection.system_id, now)
        if fault.act == "answer":
            submission.status = fault.status
        if fault.act != "silence" or fault.keep:
            self._keep([submission])
        match fault.act:
            case "answer":
                self._answer(connection, event, submission)
            case "delay":
                self._answer_later(connection, event, submission, fault.seconds)
            case "slow":
                self._answer_later(connection, event, submission, self._script.turn(fault))

    # -- receipts --------------------------------------------------------------------------

    def deliver(self, due: list[Receipt]) -> None:
        for receipt in due:
            self._waiting[receipt.submission.account].append(receipt)
        for account in {receipt.submission.account for receipt in due}:
            self._pump(account)

    def inject(self, orders: list[Order]) -> None:
        for order in orders:
            self.injections.add(order)
            self._pump(order.account)

    def _pump(self, account: str) -> None:
        """Fill the windows of those who can hear, the emptiest first."""
        waiting = self._waiting[account]
        is_needed = waiting or self.injections.is_waiting(account)
        connections = self.server.bound_as(account) if is_needed else []
        for connection in sorted(connections, key=_room, reverse=True):
            batch: list[tuple[DeliverSm, Receipt | Injected]] = []
            room = connection.window_free
            while waiting and len(batch) < room:
                receipt = waiting.popleft()
                if not receipt.is_acknowledged:
                    batch.append((self._deliver_sm(receipt), receipt))
            batch += self.injections.take(account, room - len(batch))
            if batch:
                connection.deliver_many(batch)

    def _on_delivery(self, connection: Connection, settled: list[Settled]) -> None:
        now = time.time()
        acknowledged = []
        for event in settled:
            if isinstance(event.token, Injected):
                self._count(connection, event, event.token)
            elif isinstance(event, Answered) and event.status == status.OK:
                acknowledged.append(event.token)
            elif not (isinstance(event, Answered) and event.late):
                self._centre.put_back(event.token, now)
        self._centre.acknowledge(acknowledged)
        self._wake()
        self._pump(connection.system_id)

    def _count(self, connection: Connection, settled: Settled, one: Injected) -> None:
        if isinstance(settled, Unanswered):
            self.injections.lose(connection.system_id, one)
        elif settled.status == status.OK:
            one.tally.acknowledged += 1
        else:
            one.tally.refused += 1

    def _deliver_sm(self, receipt: Receipt) -> DeliverSm:
        submission = receipt.submission
        due, stat, err = receipt.planned
        is_delivered = stat == "DELIVRD"
        told = receipts.Receipt(
            id=spelling.in_receipt(self._centre.behaviour.ids, submission.id),
            stat=stat,
            err=err,
            submit_date=_date(submission.time),
            done_date=_date(due),
            dlvrd="001" if is_delivered else "000",
            text=submission.text[:20],
            reference=self._echoed(submission),
        )
        return DeliverSm(
            source=submission.to,
            destination=submission.source,
            esm_class=pdu.RECEIPT,
            short_message=receipts.format_receipt(told),
            tlvs=receipts.receipt_tlvs(told),
        )

    def _echoed(self, submission: Submission) -> int | None:
        reference = submission.reference
        is_echoed = self._centre.behaviour.echo_reference and isinstance(reference, int)
        return reference if is_echoed and isinstance(reference, int) else None


def _read(event: Submitted, account: str, now: float) -> Submission:
    submission = texts.read(event.submit, account, now)
    submission.wants_receipt = bool(event.submit.registered_delivery & RECEIPT_ASKED_FOR)
    if not 0 < len(submission.to) <= texts.LONGEST_ADDRESS:
        submission.status = status.INVALID_DESTINATION
    elif len(submission.source) > texts.LONGEST_ADDRESS:
        submission.status = status.INVALID_SOURCE
    return submission


def _room(connection: Connection) -> int:
    return connection.window_free


def _date(at: float) -> str:
    return _date_of_minute(int(at) // 60)


@lru_cache(maxsize=64)
def _date_of_minute(minute: int) -> str:
    return receipts.receipt_date(datetime.fromtimestamp(minute * 60, UTC))
