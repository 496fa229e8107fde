from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("messaging", "0005_fair_and_routed")]

    operations = [
        # A message's own page: its receipts, however many others came in that hour. A receipt gets
        # its message when it leaves `receipt_waiting`, so the index costs no update its HOT.
        migrations.RunSQL(
            "CREATE INDEX receipt_by_message ON messaging_receipt (message_id)"
            " WHERE message_id IS NOT NULL",
            "DROP INDEX receipt_by_message",
        ),
    ]
