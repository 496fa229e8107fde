"""The one way money moves: open the books of some accounts, append entries, close.

Opening locks the accounts' ledger heads, in the order of their ids, before anything else is locked;
closing writes heads and wallets with one statement, the entries with another. In between all is
memory.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from billing.services.counting import Counts
from smsplatform.core import bulk, together
from smsplatform.core.together import Statement

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

LONGEST_ACTOR = 80

_ENTRY_COLUMNS = [
    "account_id",
    "seq",
    "kind",
    "wallet_id",
    "amount",
    "balance_after",
    "project_id",
    "message_class",
    "country",
    "unit_price_micros",
    "parts",
    "count",
    "reference",
    "line",
    "actor",
    "booked_at",
    "previous_hash",
    "hash",
    "rate_id",
]


@dataclass(slots=True)
class OpenWallet:
    """A wallet under its account's lock. `balance` moves with each entry."""

    id: int
    account_id: int
    unit: str
    currency: str
    balance: int
    floor: int
    message_class: str
    country: str
    is_gift: bool
    expires_at: datetime | None

    @property
    def spendable(self) -> int:
        return self.balance - self.floor


@dataclass(frozen=True, slots=True)
class Movement:
    """An entry to be: `amount` in the wallet's unit, negative for a charge."""

    kind: str
    wallet_id: int
    amount: int
    reference: str
    line: int = 0
    project_id: int | None = None
    message_class: str = ""
    country: str = ""
    unit_price_micros: int = 0
    parts: int = 0
    count: int = 0
    actor: str = ""
    rate_id: int | None = None


@dataclass(slots=True)
class _Head:
    seq: int
    hash: bytes
    timezone: str


class Books:
    """The locked ledgers. Whoever opened them closes them, in the same transaction."""

    def __init__(self, heads: dict[int, _Head], wallets: dict[int, OpenWallet]) -> None:
        self._heads = heads
        self.wallets = wallets
        self.counts = Counts({account: head.timezone for account, head in heads.items()})
        self._entries: list[tuple[Any, ...]] = []
        self._touched: set[int] = set()

    def wallets_of(self, account_id: int) -> list[OpenWallet]:
        return [wallet for wallet in self.wallets.values() if wallet.account_id == account_id]

    def append(self, movement: Movement, *, now: datetime) -> None:
        wallet = self.wallets[movement.wallet_id]
        head = self._heads[wallet.account_id]
        wallet.balance += movement.amount
        head.seq += 1
        line = _line(wallet.account_id, head.seq, movement, wallet.balance, now)
        previous = head.hash
        head.hash = hashlib.sha256(previous + "|".join(map(str, line)).encode()).digest()
        booked = (*line[:6], movement.project_id, *line[7:15], now, previous, head.hash)
        self._entries.append((*booked, movement.rate_id))
        self._touched.add(wallet.id)

    def close(self, *, also: Sequence[Statement] = ()) -> None:
        """`also` is written with it, in the same way to the server."""
        statements = [*self._heads_and_wallets(), *also]
        if statements:
            together.run(statements)
        self.counts.write()
        bulk.copy("billing_entry", _ENTRY_COLUMNS, self._entries)

    def _heads_and_wallets(self) -> list[Statement]:
        if not self._entries:
            return []
        accounts = sorted({entry[0] for entry in self._entries})
        wallets = sorted(self._touched)
        values = {
            "accounts": accounts,
            "seqs": [self._heads[account].seq for account in accounts],
            "hashes": [self._heads[account].hash for account in accounts],
            "wallets": wallets,
            "balances": [self.wallets[wallet].balance for wallet in wallets],
        }
        return [Statement(_CLOSE, values)]


_CLOSE = """
    WITH heads AS (
        UPDATE billing_ledgerhead h SET seq = v.seq, hash = v.hash
        FROM unnest(%(accounts)s::bigint[], %(seqs)s::bigint[], %(hashes)s::bytea[])
            AS v(account_id, seq, hash)
        WHERE h.account_id = v.account_id
    )
    UPDATE billing_wallet w SET balance = v.balance
    FROM unnest(%(wallets)s::bigint[], %(balances)s::bigint[]) AS v(id, balance) WHERE w.id = v.id
"""


def open_books(
    account_ids: Iterable[int],
    *,
    patience_seconds: float | None = None,
    also: Sequence[Statement] = (),
) -> Books:
    """Locks; call it inside a transaction and before messages are locked. `also` is asked when the
    locks are held, in the same way to the server.

    With `patience_seconds` no lock of this transaction is waited for any longer, whoever else waits
    for the ledgers: psycopg's LockNotAvailable or QueryCanceled says so. An account without a
    ledger has no wallets either: `wallets_of` is empty for it.
    """
    if not patience_seconds:
        return _books(account_ids, "FOR NO KEY UPDATE", after=also)
    milliseconds = round(patience_seconds * 1000)
    before = [
        Statement(f"SET LOCAL lock_timeout = '{milliseconds}ms'"),
        # A lock's own timeout begins anew with each waiter that goes before.
        Statement(f"SET LOCAL statement_timeout = '{milliseconds}ms'"),
    ]
    untimed = Statement("SET LOCAL statement_timeout TO DEFAULT")
    return _books(account_ids, "FOR NO KEY UPDATE", before=before, after=[untimed, *also])


def read_books(account_ids: Iterable[int], *, also: Sequence[Statement] = ()) -> Books:
    """To reckon with and never to close: nothing is locked, and another may book meanwhile."""
    return _books(account_ids, "", after=also)


def _books(
    account_ids: Iterable[int],
    lock: str,
    *,
    before: Iterable[Statement] = (),
    after: Iterable[Statement] = (),
) -> Books:
    wanted = {"accounts": sorted(set(account_ids))}
    heads, wallets = Statement(_HEADS + lock, wanted), Statement(_WALLETS, wanted)
    together.run([*before, heads, *after, wallets])
    return Books(
        {row[0]: _Head(row[1], bytes(row[2]), row[3]) for row in heads.rows},
        {row[0]: OpenWallet(*row) for row in wallets.rows},
    )


_HEADS = """
    SELECT account_id, seq, hash, timezone FROM billing_ledgerhead
    WHERE account_id = ANY(%(accounts)s) ORDER BY account_id """
_WALLETS = """
    SELECT id, account_id, unit, currency, balance, floor, message_class, country, is_gift,
        expires_at
    FROM billing_wallet WHERE account_id = ANY(%(accounts)s) ORDER BY id
"""


def free(account_ids: Iterable[int]) -> set[int]:
    """Those whose ledger nobody holds this moment, or who have none."""
    wanted = set(account_ids)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT account_id FROM billing_ledgerhead WHERE account_id = ANY(%s)", [list(wanted)]
        )
        heads = {row[0] for row in cursor.fetchall()}
        cursor.execute(
            "SELECT account_id FROM billing_ledgerhead WHERE account_id = ANY(%s)"
            " FOR NO KEY UPDATE SKIP LOCKED",
            [list(wanted)],
        )
        return wanted - heads | {row[0] for row in cursor.fetchall()}


def _line(
    account_id: int, seq: int, movement: Movement, balance_after: int, now: datetime
) -> tuple[Any, ...]:
    """What the hash covers, in this order, joined by '|'; `verify` builds the same in SQL.

    What has no price row ends before it: entries that were booked without one keep their hash.
    """
    line = (
        account_id,
        seq,
        movement.kind,
        movement.wallet_id,
        movement.amount,
        balance_after,
        "" if movement.project_id is None else movement.project_id,
        movement.message_class,
        movement.country,
        movement.unit_price_micros,
        movement.parts,
        movement.count,
        movement.reference,
        movement.line,
        movement.actor[:LONGEST_ACTOR],
        (now - _EPOCH) // _MICROSECOND,
    )
    return line if movement.rate_id is None else (*line, movement.rate_id)
