"""The SMPP side: submissions in, answers and receipts out."""

import asyncio
import hmac
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache

from messaging.simulator import texts
from messaging.simulator.centre import OVERTAKEN_SECONDS, Centre
from messaging.simulator.faults import Fault, Script
from messaging.simulator.log import Submission
from messaging.simulator.recovery import Receipt
from messaging.smpp import pdu, receipts, status
from messaging.smpp.events import Answered, Submitted
from messaging.smpp.pdu import Bind, DeliverSm
from messaging.smpp.server import Connection, Settled, SmppServer
from messaging.smpp.session import Limits

# How long a client may take to answer our unbind.
GOODBYE_SECONDS = 2.0

RECEIPT_ASKED_FOR = 0x03


class SmppDoor:
    def __init__(
        self, centre: Centre, script: Script, accounts: Mapping[str, str], wake: Callable[[], None]
    ) -> None:
        self._centre = centre
        self._script = script
        self._accounts = dict(accounts)
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

    async def stop(self) -> None:
        stopping = asyncio.create_task(self.server.stop())
        await asyncio.wait([stopping], timeout=GOODBYE_SECONDS)
        for connection in list(self.server.bound):
            connection.abort()
        await stopping

    # -- binds -----------------------------------------------------------------------------

    async def _authenticate(self, bind: Bind, _host: str) -> int:
        fault = self._script.take("bind", "smpp")
        if fault:
            await asyncio.sleep(fault.seconds)
            return fault.status or status.BIND_FAILED
        password = self._accounts.get(bind.system_id)
        if password is None:
            return status.INVALID_SYSTEM_ID
        if not hmac.compare_digest(password.encode(), bind.password.encode()):
            return status.INVALID_PASSWORD
        # This very step of the loop makes it bound; then its receipts can go.
        asyncio.get_running_loop().call_soon(self._pump, bind.system_id)
        return status.OK

    def _on_close(self, connection: Connection, _reason: str) -> None:
        if not connection.system_id:
            return
        self._waiting[connection.system_id].extendleft(reversed(connection.outstanding()))
        self._pump(connection.system_id)

    # -- submissions -----------------------------------------------------------------------

    def _on_submit(self, connection: Connection, submitted: list[Submitted]) -> None:
        now = time.time()
        if self._script.faults:
            submitted = self._spoil(connection, submitted, now)
        arrived = [(event, _read(event, connection.system_id, now)) for event in submitted]
        if not arrived:
            return
        self._centre.keep([submission for _, submission in arrived])
        self._wake()
        for event, submission in arrived:
            if submission.is_answered_last:
                self._answer_last(connection, event, submission)
            else:
                connection.answer(event.sequence, submission.status, submission.id)

    def _answer_last(
        self, connection: Connection, event: Submitted, submission: Submission
    ) -> None:
        answer = (event.sequence, submission.status, submission.id)
        asyncio.get_running_loop().call_later(OVERTAKEN_SECONDS, connection.answer, *answer)

    def _spoil(
        self, connection: Connection, submitted: list[Submitted], now: float
    ) -> list[Submitted]:
        """Play the script; what no fault fits goes the ordinary way."""
        spared = []
        for event in submitted:
            fault = self._script.take("submit", "smpp", event.submit.destination)
            if fault is None:
                spared.append(event)
                continue
            self._play(fault, connection, event, now)
        return spared

    def _play(self, fault: Fault, connection: Connection, event: Submitted, now: float) -> None:
        submission = _read(event, connection.system_id, now)
        if fault.act == "answer":
            submission.status = fault.status
        if fault.act in ("answer", "delay") or fault.keep:
            self._centre.keep([submission])
            self._wake()
        loop = asyncio.get_running_loop()
        match fault.act:
            case "answer":
                connection.answer(event.sequence, submission.status)
            case "delay":
                answer = (event.sequence, submission.status, submission.id)
                loop.call_later(fault.seconds, connection.answer, *answer)
            case "close":
                loop.call_soon(connection.abort)

    # -- receipts --------------------------------------------------------------------------

    def deliver(self, due: list[Receipt]) -> None:
        for receipt in due:
            self._waiting[receipt.submission.account].append(receipt)
        for account in {receipt.submission.account for receipt in due}:
            self._pump(account)

    def _pump(self, account: str) -> None:
        """Fill the windows of those who can hear, the emptiest first."""
        waiting = self._waiting[account]
        connections = self.server.bound_as(account) if waiting else []
        for connection in sorted(connections, key=_room, reverse=True):
            batch: list[tuple[DeliverSm, Receipt]] = []
            room = connection.window_free
            while waiting and len(batch) < room:
                receipt = waiting.popleft()
                if not receipt.is_acknowledged:
                    batch.append((self._deliver_sm(receipt), receipt))
            if batch:
                connection.deliver_many(batch)

    def _on_delivery(self, connection: Connection, settled: list[Settled]) -> None:
        now = time.time()
        acknowledged = []
        for event in settled:
            if isinstance(event, Answered) and event.status == status.OK:
                acknowledged.append(event.token)
            elif not (isinstance(event, Answered) and event.late):
                self._centre.put_back(event.token, now)
        self._centre.acknowledge(acknowledged)
        self._wake()
        self._pump(connection.system_id)

    def _deliver_sm(self, receipt: Receipt) -> DeliverSm:
        submission = receipt.submission
        due, stat, err = receipt.planned
        is_delivered = stat == "DELIVRD"
        told = receipts.Receipt(
            id=self._said_id(submission.id),
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

    def _said_id(self, message_id: str) -> str:
        is_same = self._centre.behaviour.receipt_ids == "same"
        return message_id if is_same else str(int(message_id, 16))

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
