from django.db import migrations

from smsplatform.core import partitions

MONTHLY = [
    ("messaging_batch", "id", ["id"]),
    ("messaging_message", "id", ["id"]),
    ("messaging_attempt", "message_id", ["message_id", "no"]),
    ("messaging_part", "message_id", ["message_id", "attempt_no", "no"]),
    ("messaging_receipt", "id", ["id"]),
]

INDEXES = [
    # The customer's list, newest first. No state in any index: a state's change stays HOT.
    "CREATE INDEX message_by_account ON messaging_message (account_id, id)",
    # The customer's search for a number.
    "CREATE INDEX message_by_number ON messaging_message (account_id, number, id)",
    # The customer's list of batches.
    "CREATE INDEX batch_by_account ON messaging_batch (account_id, id)",
    # Recovery at start, the resolver, and receipts whose id no answer told: the few attempts that
    # are open or have ended without the carrier's id.
    "CREATE INDEX attempt_open ON messaging_attempt (carrier_id, state)"
    " WHERE state IN ('claimed', 'submitting', 'uncertain', 'superseded', 'written_off')",
    # A receipt's way to its message.
    "CREATE INDEX part_by_carrier_id ON messaging_part (carrier_id, carrier_message_id)",
    # Receipts that wait for an answer to become known, and those not yet looked at.
    "CREATE INDEX receipt_waiting ON messaging_receipt (carrier_id, carrier_message_id)"
    " WHERE applied_at IS NULL",
]


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_initial")]

    operations = [
        *(
            partitions.convert(table=table, key=key, primary_key=primary_key, unit="month")
            for table, key, primary_key in MONTHLY
        ),
        partitions.convert(
            table="messaging_messagetext",
            key="message_id",
            primary_key=["message_id"],
            unit="day",
        ),
        *(migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in INDEXES),
    ]
