from django.db import migrations, models

from smsplatform.core import partitions


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_events_per_post")]

    operations = [
        migrations.AddField(
            model_name="webhookdelivery",
            name="leased_until",
            field=models.DateTimeField(null=True, verbose_name="being tried until"),
        ),
        # Half a page is what the claims of its rows need.
        partitions.leave_room(table="accounts_webhookdelivery", percent=50),
    ]
