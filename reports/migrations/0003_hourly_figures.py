import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_lease_of_its_own"),
        ("reports", "0002_violations"),
    ]

    operations = [
        migrations.CreateModel(
            name="HourlyStat",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("hour_at", models.DateTimeField(verbose_name="hour")),
                ("state", models.CharField(max_length=12, verbose_name="state")),
                ("messages", models.BigIntegerField(verbose_name="messages")),
                ("counted_at", models.DateTimeField(verbose_name="counted")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        to="accounts.account",
                        verbose_name="account",
                    ),
                ),
            ],
            options={
                "verbose_name": "hourly figure",
                "verbose_name_plural": "hourly figures",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "hour_at", "state"), name="hourly_stat_once"
                    )
                ],
            },
        ),
    ]
