"""A month of messages in place, as the pipeline would have left them: SQL by the hundred thousand.

A block is a thousand messages: a hundred requests of one, then nine of a hundred. Every number
below is computed from the message's place in the whole, so chunks are written side by side and
the ledger can follow afterwards.

Of a thousand messages about 20 are undelivered, 10 refused and, once they are old enough, 10
without a receipt; every twentieth request is of two parts.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import psycopg

from tests.bench.board import say

BLOCK = 1_000
REQUESTS_A_BLOCK = 109
CHUNK = 200_000
WRITERS = 2
# Every third request is the large customer's.
LARGE_SHARE = 3
PRICE_MICROS = 45_000

_ID = """(lpad(to_hex({milliseconds}), 12, '0') || '7' || lpad(to_hex({place}), 3, '0') || '8'
          || substr(md5({salt}::text), 1, 15))::uuid"""

# `request` counts requests from the beginning, `at_ms` is when each was accepted.
_STAGE = f"""
    CREATE TEMP TABLE stage ON COMMIT DROP AS
    SELECT i, r.request, r.place, r.count, f.parts, f.state, c.*,
           to_timestamp(r.at_ms / 1000.0) AS accepted_at, r.at_ms,
           {_ID.format(milliseconds="r.at_ms", place="r.place + 1", salt="'m' || i")} AS id,
           {_ID.format(milliseconds="r.at_ms", place="0", salt="'b' || r.request")} AS batch_id
    FROM generate_series(%(from)s::bigint, %(to)s::bigint - 1) i
    CROSS JOIN LATERAL (SELECT i / {BLOCK} AS block, i %% {BLOCK} AS offset) b
    CROSS JOIN LATERAL (
        SELECT CASE WHEN b.offset < 100 THEN b.offset ELSE 100 + (b.offset - 100) / 100 END
                   + b.block * {REQUESTS_A_BLOCK} AS request,
               CASE WHEN b.offset < 100 THEN 0 ELSE (b.offset - 100) %% 100 END AS place,
               CASE WHEN b.offset < 100 THEN 1 ELSE 100 END AS count
    ) q
    CROSS JOIN LATERAL (
        SELECT q.*, (%(start_ms)s + q.request * %(step_ms)s)::bigint AS at_ms
    ) r
    CROSS JOIN LATERAL (
        SELECT CASE WHEN r.request %% 20 = 0 THEN 2 ELSE 1 END::smallint AS parts,
               CASE WHEN i %% 50 = 7 THEN 'undelivered' WHEN i %% 100 = 13 THEN 'failed'
                    WHEN i %% 100 = 77 AND r.at_ms < %(old_ms)s THEN 'no_receipt'
                    ELSE 'delivered' END AS state
    ) f
    JOIN customer c ON c.customer_no =
        CASE WHEN r.request %% {LARGE_SHARE} = 0 THEN 0 ELSE r.request %% %(customers)s END
"""  # noqa: S608 - all ours

_FILL = {
    "messaging_batch": """
        INSERT INTO messaging_batch (id, account_id, project_id, source, reference, first_id,
            last_id, count, parts, price_micros, currency, accepted_at)
        SELECT batch_id, account_id, project_id, 'api', '', min(id::text)::uuid,
               max(id::text)::uuid, count, count * parts, count * parts * %(price)s, 'CNY',
               accepted_at
        FROM stage GROUP BY batch_id, account_id, project_id, count, parts, accepted_at
    """,
    "messaging_message": """
        INSERT INTO messaging_message (id, account_id, project_id, batch_id, position, state,
            number, country, operator, message_class, template_id, signature_id, encoding, parts,
            price_micros, currency, basis, wallet_id, route_id, step, carrier_id, on_unknown,
            reference, due_at, valid_until, attempts, resends, sent_at, finished_at, reason,
            carrier_code, rare_state)
        SELECT id, account_id, project_id, batch_id, place, state,
            '+861' || 3000000000 + (i * 7919) %% 900000000, 'CN', 'unicom', 'notice', template_id,
            signature_id, 'ucs2', parts, parts * %(price)s, 'CNY', 'delivered', wallet_id,
            %(route)s, 0, %(carrier)s, 'resend', '', accepted_at, accepted_at + interval '1 day',
            1, 0, CASE WHEN state <> 'failed' THEN accepted_at + interval '1 second' END,
            CASE state WHEN 'no_receipt' THEN accepted_at + interval '72 hours'
                       ELSE accepted_at + interval '4 seconds' END,
            CASE state WHEN 'failed' THEN 'carrier_refused' WHEN 'delivered' THEN ''
                       ELSE state END,
            CASE state WHEN 'failed' THEN '0x0000000B' WHEN 'undelivered' THEN 'MK:0012'
                       ELSE '' END,
            CASE state WHEN 'delivered' THEN '' ELSE state END
        FROM stage ORDER BY id
    """,
    "messaging_messagetext": """
        INSERT INTO messaging_messagetext (message_id, text)
        SELECT id, '【示例商贸】您的订单' || i || '已发货，请注意查收。' FROM stage
        WHERE at_ms >= %(text_ms)s ORDER BY id
    """,
    "messaging_attempt": """
        INSERT INTO messaging_attempt (message_id, no, carrier_id, state, epoch, claimed_at,
            submitting_at, answered_at, carrier_code)
        SELECT id, 1, %(carrier)s, CASE state WHEN 'failed' THEN 'refused' ELSE 'accepted' END, 1,
            accepted_at + interval '200 ms', accepted_at + interval '300 ms',
            accepted_at + interval '1 second',
            CASE state WHEN 'failed' THEN '0x0000000B' ELSE '' END
        FROM stage ORDER BY id
    """,
    "messaging_part": """
        INSERT INTO messaging_part (message_id, attempt_no, no, carrier_id, carrier_message_id,
            raw_id, receipt_state)
        SELECT id, 1, no, %(carrier)s, to_hex(i * 2 + no + (1::bigint << 44)),
            to_hex(i * 2 + no + (1::bigint << 44)),
            CASE WHEN parts > 1 AND state <> 'no_receipt' THEN state ELSE '' END
        FROM stage, generate_series(1, parts) no WHERE state <> 'failed' ORDER BY id, no
    """,
    "messaging_receipt": f"""
        INSERT INTO messaging_receipt (id, carrier_id, carrier_message_id, raw_id, number, outcome,
            carrier_code, raw, reference, received_at, applied_at, message_id, effect)
        SELECT {_ID.format(milliseconds="at_ms + 4000", place="place * 4 + no", salt="'r' || i")},
            %(carrier)s, to_hex(i * 2 + no + (1::bigint << 44)),
            to_hex(i * 2 + no + (1::bigint << 44)),
            '861' || 3000000000 + (i * 7919) %% 900000000, state,
            CASE state WHEN 'undelivered' THEN 'MK:0012' ELSE 'DELIVRD' END,
            'id:' || to_hex(i * 2 + no + (1::bigint << 44)) || ' sub:001 dlvrd:001 submit date:'
            || '2611010101 done date:2611010101 stat:DELIVRD err:000 text:',
            '', accepted_at + interval '4 seconds', accepted_at + interval '4 seconds', id,
            'applied'
        FROM stage, generate_series(1, parts) no
        WHERE state IN ('delivered', 'undelivered') ORDER BY at_ms, place, no
    """,  # noqa: S608 - all ours
    "accounts_webhookdelivery": f"""
        INSERT INTO accounts_webhookdelivery (id, subject_id, account_id, endpoint_id, kind,
            payload, state, tries, due_at, last_status, last_error, created_at, finished_at)
        SELECT {_ID.format(milliseconds="at_ms + 4000", place="place + 1", salt="'d' || i")}, id,
            account_id, endpoint_id, 'message.' || state,
            '{{"type":"message.' || state || '","timestamp":"' || accepted_at || '","data":{{"id":"'
            || id || '","batch_id":"' || batch_id || '","to":"+8613000000000","state":"' || state
            || '","reason":"","carrier_code":"","reference":"","parts":1,"price":"0.045",'
            || '"accepted_at":"' || accepted_at || '","sent_at":"' || accepted_at
            || '","finished_at":"' || accepted_at || '"}}}}',
            'delivered', 1, accepted_at + interval '64 seconds', 200, '',
            accepted_at + interval '4 seconds', accepted_at + interval '5 seconds'
        FROM stage ORDER BY id
    """,  # noqa: S608 - all ours
}


class Plan:
    """Which messages, when, and whose. `facts` are the parameters of every statement."""

    def __init__(self, *, rows: int, start: datetime, end: datetime, facts: dict[str, Any]) -> None:
        requests = rows // BLOCK * REQUESTS_A_BLOCK
        self.rows = rows
        self.facts = {
            "price": PRICE_MICROS,
            "start_ms": int(start.timestamp() * 1000),
            "step_ms": (end - start) / timedelta(milliseconds=1) / requests,
            "old_ms": int((end - timedelta(hours=73)).timestamp() * 1000),
            **facts,
        }


def pipeline(*, url: str, plan: Plan, customers: Sequence[tuple[Any, ...]]) -> None:
    """All but the ledger. Indexes beyond primary keys are made anew at the end, as migrated."""
    with psycopg.connect(url, autocommit=True) as connection:
        definitions = _drop_indexes(connection)
    with ThreadPoolExecutor(WRITERS) as pool:
        write = partial(_chunk, url, plan, customers)
        for _done in pool.map(write, range(0, plan.rows, CHUNK)):
            pass
    with psycopg.connect(url, autocommit=True) as connection:
        for definition in definitions:
            connection.execute(definition)  # type: ignore[call-overload]


def _prepare(connection: psycopg.Connection, customers: Sequence[tuple[Any, ...]]) -> None:
    connection.execute(
        "CREATE TEMP TABLE customer (customer_no int PRIMARY KEY, account_id bigint,"
        " project_id bigint, wallet_id bigint, template_id bigint, signature_id bigint,"
        " endpoint_id bigint)"
    )
    with connection.cursor().copy("COPY customer FROM STDIN") as copy:
        for customer in customers:
            copy.write_row(customer)


def _chunk(url: str, plan: Plan, customers: Sequence[tuple[Any, ...]], start: int) -> None:
    facts = {**plan.facts, "from": start, "to": min(start + CHUNK, plan.rows)}
    with psycopg.connect(url) as connection:
        _prepare(connection, customers)
        connection.execute(_STAGE, facts)
        for statement in _FILL.values():
            connection.execute(statement, facts)
    say(f"  {facts['to']:>12,} messages")


def _drop_indexes(connection: psycopg.Connection) -> list[str]:
    """Sorting once is several times quicker than a million places in a tree."""
    found = connection.execute(
        "SELECT c.relname, pg_get_indexdef(c.oid) FROM pg_index i"
        " JOIN pg_class c ON c.oid = i.indexrelid"
        " WHERE i.indrelid = ANY(%s::text[]::regclass[]) AND NOT i.indisunique"
        " AND c.relkind = 'I'",
        [list(_FILL)],
    ).fetchall()
    for name, _definition in found:
        connection.execute(f"DROP INDEX {name}")  # type: ignore[call-overload]
    return [definition.replace(" ON ONLY ", " ON ") for _name, definition in found]
