"""Deliveries that belong to no submission: receipts for unknown ids, nonsense, and messages from
phones. Sent once and counted; repeated only where the order says so, until each is answered.
"""

import itertools
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from messaging.simulator import malformed
from messaging.simulator.behaviour import ControlError
from messaging.smpp import pdu, receipts
from messaging.smpp.pdu import DeliverSm

MOST = 1_000_000
LONGEST = 1000


@dataclass(slots=True, eq=False)
class Tally:
    """What became of the deliveries of one order."""

    what: str
    wanted: int = 0
    sent: int = 0
    acknowledged: int = 0
    refused: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Order:
    what: str
    account: str
    deliveries: Iterator[DeliverSm]
    count: int
    is_repeated: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Injected:
    """One delivery: its token on the wire."""

    tally: Tally
    deliver: DeliverSm
    is_repeated: bool


class Injections:
    def __init__(self) -> None:
        self._tallies: list[Tally] = []
        self._waiting: dict[str, deque[Iterator[Injected]]] = defaultdict(deque)

    def add(self, order: Order) -> None:
        tally = Tally(order.what, wanted=order.count)
        self._tallies.append(tally)
        self._waiting[order.account].append(
            Injected(tally, deliver, order.is_repeated) for deliver in order.deliveries
        )

    def is_waiting(self, account: str) -> bool:
        return bool(self._waiting[account])

    def take(self, account: str, room: int) -> list[tuple[DeliverSm, Injected]]:
        taken: list[tuple[DeliverSm, Injected]] = []
        waiting = self._waiting[account]
        while waiting and len(taken) < room:
            found = list(itertools.islice(waiting[0], room - len(taken)))
            if not found:
                waiting.popleft()
            for one in found:
                one.tally.sent += 1
                taken.append((one.deliver, one))
        return taken

    def lose(self, account: str, one: Injected) -> None:
        """Nobody answered, or the connection is gone."""
        if one.is_repeated:
            self._waiting[account].append(iter([one]))
        else:
            one.tally.lost += 1

    def as_json(self) -> list[dict[str, Any]]:
        return [asdict(tally) for tally in self._tallies]


def parse(wish: object, accounts: Mapping[str, str]) -> list[Order]:
    if not isinstance(wish, list):
        raise ControlError("“deliver” must be a list.")
    return [_order(item, accounts) for item in wish]


def _order(item: object, accounts: Mapping[str, str]) -> Order:
    known = ("what", "account", "times", "from", "to", "text", "repeat")
    if not isinstance(item, dict) or not set(item) <= set(known):
        raise ControlError(f"A delivery has these keys: {', '.join(known)}.")
    what = item.get("what")
    if not isinstance(what, str) or what not in _MAKERS:
        raise ControlError(f"“what” to deliver is one of: {', '.join(_MAKERS)}.")
    account = item.get("account")
    if not isinstance(account, str) or account not in accounts:
        raise ControlError(f"The “account” of a delivery is one of: {', '.join(accounts)}.")
    times = item.get("times", 1)
    if not isinstance(times, int) or isinstance(times, bool) or not 1 <= times <= MOST:
        raise ControlError(f"“times” must be a whole number from 1 to {MOST}.")
    is_repeated = item.get("repeat", False)
    if not isinstance(is_repeated, bool):
        raise ControlError("“repeat” must be true or false.")
    words = {name: item.get(name, "") for name in ("from", "to", "text")}
    if not all(isinstance(word, str) and len(word) <= LONGEST for word in words.values()):
        raise ControlError(f"“from”, “to” and “text” must be strings of at most {LONGEST}.")
    one_round, length = _MAKERS[what](words)
    return Order(what, account, _repeated(one_round, times), length * times, is_repeated)


def _repeated(one_round: Callable[[int], Iterator[DeliverSm]], times: int) -> Iterator[DeliverSm]:
    return itertools.chain.from_iterable(map(one_round, range(times)))


_Round = tuple[Callable[[int], Iterator[DeliverSm]], int]


def _unknown(words: Mapping[str, str]) -> _Round:
    """Receipts, well made, of messages that nobody has submitted."""

    def one_round(number: int) -> Iterator[DeliverSm]:
        told = receipts.Receipt(id=f"unknown{number:08x}", stat="DELIVRD")
        yield DeliverSm(
            source=words["from"] or f"86130{number:08}",
            destination=words["to"] or "1069",
            esm_class=pdu.RECEIPT,
            short_message=receipts.format_receipt(told),
            tlvs=receipts.receipt_tlvs(told),
        )

    return one_round, 1


def _malformed(_words: Mapping[str, str]) -> _Round:
    return lambda _number: iter(malformed.CORPUS), len(malformed.CORPUS)


def _inbound(words: Mapping[str, str]) -> _Round:
    """A message from a phone. Its sender can write what looks like a receipt. {n} in sender and
    text is the number of the round, of four digits in a sender."""

    def one_round(number: int) -> Iterator[DeliverSm]:
        text = (words["text"] or "TD").replace("{n}", str(number))
        yield DeliverSm(
            source=(words["from"] or "8613900000000").replace("{n}", f"{number:04}"),
            destination=words["to"] or "1069",
            data_coding=0x08,
            short_message=text.encode("utf-16-be", "replace")[:254],
        )

    return one_round, 1


_MAKERS: dict[str, Callable[[Mapping[str, str]], _Round]] = {
    "unknown": _unknown,
    "malformed": _malformed,
    "inbound": _inbound,
}
