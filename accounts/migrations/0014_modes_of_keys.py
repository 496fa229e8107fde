from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

from accounts.models.key import check_network


class Migration(migrations.Migration):
    dependencies = [("accounts", "0013_members_and_invitations")]

    operations = [
        migrations.AddField(
            model_name="apikey",
            name="mode",
            field=models.CharField(
                choices=[("live", "live"), ("sandbox", "sandbox")],
                db_default="live",
                default="live",
                max_length=8,
                verbose_name="mode",
            ),
        ),
        migrations.AddField(
            model_name="apikey",
            name="reminded_days",
            field=models.PositiveSmallIntegerField(
                editable=False, null=True, verbose_name="reminded"
            ),
        ),
        migrations.AlterField(
            model_name="apikey",
            name="allowed_networks",
            field=ArrayField(
                base_field=models.CharField(max_length=43, validators=[check_network]),
                blank=True,
                default=list,
                size=None,
                verbose_name="IP list",
            ),
        ),
    ]
