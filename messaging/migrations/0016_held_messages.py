import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0014_modes_of_keys"),
        ("messaging", "0015_open_countries_in_use"),
    ]

    operations = [
        migrations.CreateModel(
            name="Hold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("batch_id", models.UUIDField(unique=True, verbose_name="batch")),
                ("first_id", models.UUIDField(verbose_name="first message")),
                ("last_id", models.UUIDField(verbose_name="last message")),
                ("count", models.IntegerField(verbose_name="messages")),
                ("fingerprint", models.BinaryField(max_length=32)),
                (
                    "words",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80), size=None, verbose_name="words"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("passing", "being let go"),
                            ("passed", "let go"),
                            ("rejecting", "being rejected"),
                            ("rejected", "rejected"),
                            ("over", "over"),
                        ],
                        db_default="waiting",
                        default="waiting",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                ("valid_until", models.DateTimeField(verbose_name="valid until")),
                ("held_at", models.DateTimeField(verbose_name="held")),
                ("review_id", models.BigIntegerField(null=True, verbose_name="review")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided at")),
                (
                    "reasons",
                    models.JSONField(
                        db_default=models.Value([], models.JSONField()),
                        default=list,
                        verbose_name="reasons",
                    ),
                ),
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
                "verbose_name": "held request",
                "verbose_name_plural": "held requests",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["waiting", "passing", "rejecting"])),
                        fields=["state", "valid_until"],
                        name="hold_open",
                    ),
                    models.Index(fields=["review_id"], name="hold_by_review"),
                    models.Index(fields=["account", "fingerprint"], name="hold_by_content"),
                ],
            },
        ),
    ]
