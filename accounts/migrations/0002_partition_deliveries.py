from django.db import migrations

from smsplatform.core import partitions


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        partitions.convert(
            table="accounts_webhookdelivery",
            key="subject_id",
            primary_key=["subject_id", "id"],
            unit="month",
        ),
        # Read by the claim: what is pending for one endpoint, oldest first.
        migrations.RunSQL(
            "CREATE INDEX delivery_pending ON accounts_webhookdelivery (endpoint_id, due_at)"
            " WHERE state = 'pending'",
            migrations.RunSQL.noop,
        ),
    ]
