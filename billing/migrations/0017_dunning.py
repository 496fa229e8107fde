import django.db.models.deletion
from django.db import migrations, models


def key():
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


class Migration(migrations.Migration):
    dependencies = [("billing", "0016_corrections")]

    operations = [
        migrations.CreateModel(
            name="DunningStep",
            fields=[
                ("id", key()),
                (
                    "days_after_due",
                    models.PositiveSmallIntegerField(
                        unique=True, verbose_name="days after it fell due"
                    ),
                ),
                ("text", models.CharField(max_length=500, verbose_name="what the mail says")),
            ],
            options={
                "verbose_name": "reminder of invoices",
                "verbose_name_plural": "reminders of invoices",
            },
        ),
        migrations.CreateModel(
            name="Receivable",
            fields=[
                ("id", key()),
                ("due_date", models.DateField(verbose_name="due")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("paid", "paid"),
                            ("written_off", "written off"),
                        ],
                        default="open",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                (
                    "reminded_days",
                    models.PositiveSmallIntegerField(
                        null=True, verbose_name="reminded after, days"
                    ),
                ),
                (
                    "decided_by",
                    models.CharField(blank=True, max_length=80, verbose_name="decided by"),
                ),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receivables",
                        to="accounts.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "invoice",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receivable",
                        to="billing.invoice",
                        verbose_name="invoice",
                    ),
                ),
            ],
            options={
                "verbose_name": "unpaid invoice",
                "verbose_name_plural": "unpaid invoices",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "open")),
                        fields=["due_date"],
                        name="receivable_open",
                    )
                ],
            },
        ),
    ]
