"""Rows of a message's life as the pipeline leaves them, written directly."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from accounts.models import Account, Project
from billing.models import Rate, TierCount, Wallet
from billing.services import ledger, topups
from messaging import states
from messaging.models import Attempt, Batch, Carrier, Hold, Message, Part, Receipt
from smsplatform.core import ids
from tests import world

PRICE_MICROS = 45_000


def account(*, now, name="Silk Road Ltd", timezone="Asia/Shanghai"):
    account = Account.objects.create(name=name, timezone=timezone)
    topups.credit(
        account=account,
        amount_micros=10**9,
        reference=f"topup:{account.id}",
        actor="test",
        now=now,
    )
    Project.objects.create(account=account, name="shop")
    return account


def balance(account):
    return Wallet.objects.get(account=account, unit="micros")


def book(account, *, now, **fields):
    """One entry of the account's ledger, in the shape that charging gives it."""
    movement = {
        "wallet_id": balance(account).id,
        "project_id": account.projects.get().id,
        "message_class": "notice",
        "country": "CN",
        "unit_price_micros": PRICE_MICROS,
        **fields,
    }
    with transaction.atomic():
        books = ledger.open_books([account.id])
        books.append(ledger.Movement(**movement), now=now)
        books.close()


def carrier(name="north"):
    return Carrier.objects.get_or_create(name=name, defaults={"host": "::1", "port": 2775})[0]


def batch(account, *, now, count=1, parts=1, state="queued", basis="delivered", **fields):
    """Messages of one request, charged."""
    project = account.projects.get()
    batch_id = ids.one(now)
    wallet = balance(account)
    price = PRICE_MICROS * parts
    book(
        account,
        now=now,
        kind="charge",
        amount=-price * count,
        reference=f"batch:{batch_id}",
        parts=parts * count,
        count=count,
    )
    messages = [
        Message(
            **{
                "id": message_id,
                "account": account,
                "project": project,
                "batch_id": batch_id,
                "position": position,
                "state": state,
                "number": "+8613800000000",
                "country": "CN",
                "message_class": "notice",
                "encoding": "ucs2",
                "parts": parts,
                "price_micros": price,
                "currency": "CNY",
                "basis": basis,
                "wallet_id": wallet.id,
                "route_id": 1,
                "on_unknown": "resend",
                "due_at": now,
                "valid_until": now + timedelta(days=1),
                "rare_state": states.rare(state),
                **fields,
            }
        )
        for position, message_id in enumerate(ids.series(now, count))
    ]
    Message.objects.bulk_create(messages)
    if state == "review":
        hold(messages, now=now)
    Batch.objects.create(
        id=batch_id,
        account=account,
        project=project,
        source="api",
        first_id=messages[0].id,
        last_id=messages[-1].id,
        count=count,
        parts=parts * count,
        price_micros=sum(message.price_micros for message in messages),
        currency="CNY",
        accepted_at=now,
    )
    return messages


def hold(messages, *, now, **fields):
    """As acceptance leaves it for the desk."""
    first = messages[0]
    return Hold.objects.create(
        **{
            "account": first.account,
            "batch_id": first.batch_id,
            "first_id": first.id,
            "last_id": messages[-1].id,
            "count": len(messages),
            "fingerprint": b"",
            "words": ["loan"],
            "valid_until": first.valid_until,
            "held_at": now,
            **fields,
        }
    )


def message(account, *, now, **fields):
    return batch(account, now=now, **fields)[0]


def refund(message, *, now):
    book(
        message.account,
        now=now,
        kind="refund",
        amount=message.price_micros,
        reference=f"message:{message.id}",
        parts=message.parts,
        count=1,
    )


def attempt(message, *, now, state="accepted", no=1, **fields):
    row = Attempt(
        **{
            "message_id": message.id,
            "no": no,
            "carrier": carrier(),
            "state": state,
            "epoch": 1,
            "claimed_at": now,
            **fields,
        }
    )
    row.save(force_insert=True)
    return row


def part(message, *, attempt_no=1, no=1):
    row = Part(
        message_id=message.id,
        attempt_no=attempt_no,
        no=no,
        carrier=carrier(),
        carrier_message_id=f"{message.id.hex}{no}",
        raw_id=f"{message.id.hex}{no}",
    )
    row.save(force_insert=True)
    return row


def receipt(message, *, now, outcome="delivered", **fields):
    return Receipt.objects.create(
        **{
            "id": ids.one(now),
            "carrier": carrier(),
            "carrier_message_id": f"{message.id.hex}1",
            "raw_id": f"{message.id.hex}1",
            "number": message.number,
            "outcome": outcome,
            "received_at": now,
            "applied_at": now,
            "message_id": message.id,
            "effect": "applied",
            **fields,
        }
    )


def set_fact(table, row_id, column, value, *, key="id"):
    """Change what no code may: for planting faults."""
    sql = f"UPDATE {table} SET {column} = %s WHERE {key} = %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, [value, row_id])
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def tiered_charge(account, *, now):
    """Five parts at the first price of a month, counted."""
    with transaction.atomic():
        version = world.publish(
            Rate(
                country="CN",
                price_micros=PRICE_MICROS,
                tier_mode="all_units",
                tier_scope="CN",
                tier_parts=[2],
                tier_micros=[40_000],
            )
        )
    rate = version.rates.get()
    book(
        account,
        now=now,
        kind="charge",
        reference="test",
        amount=-5 * PRICE_MICROS,
        parts=5,
        rate_id=rate.pk,
    )
    month = now.astimezone(ZoneInfo(account.timezone)).date().replace(day=1)
    return TierCount.objects.create(
        account=account, list=version.list, scope="CN", month=month, parts=5
    )
