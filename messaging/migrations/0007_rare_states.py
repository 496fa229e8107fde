from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0006_receipts_of_a_message")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="rare_state",
            field=models.CharField(blank=True, db_default="", editable=False, max_length=12),
        ),
        # The customer's list of those that failed, were cancelled, wait for their time and so on,
        # however few they are among millions. It holds nothing of the states on the common way.
        migrations.RunSQL(
            "CREATE INDEX message_by_state ON messaging_message (account_id, rare_state, id)"
            " WHERE rare_state <> ''",
            "DROP INDEX message_by_state",
        ),
    ]
