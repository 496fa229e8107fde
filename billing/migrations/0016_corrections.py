import uuid

import django.db.models.deletion
from django.db import migrations, models


def key():
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


class Migration(migrations.Migration):
    dependencies = [("billing", "0015_invoice_details")]

    operations = [
        migrations.CreateModel(
            name="CreditNote",
            fields=[
                ("id", key()),
                (
                    "number",
                    models.BigIntegerField(
                        editable=False, null=True, unique=True, verbose_name="number"
                    ),
                ),
                ("amount_cents", models.BigIntegerField(verbose_name="amount, cents")),
                ("tax_cents", models.BigIntegerField(default=0, verbose_name="tax, cents")),
                ("reason", models.CharField(max_length=500, verbose_name="reason")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "proposed"),
                            ("issued", "issued"),
                            ("refused", "refused"),
                        ],
                        default="proposed",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("proposed_by", models.CharField(max_length=80, verbose_name="proposed by")),
                ("proposed_at", models.DateTimeField(verbose_name="proposed")),
                (
                    "decided_by",
                    models.CharField(blank=True, max_length=80, verbose_name="decided by"),
                ),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided")),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_notes",
                        to="billing.invoice",
                        verbose_name="invoice",
                    ),
                ),
            ],
            options={
                "verbose_name": "credit note",
                "verbose_name_plural": "credit notes",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_cents__gt", 0)), name="credit_note_amount"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("number__isnull", False), ("state", "issued")),
                            models.Q(
                                models.Q(("state", "issued"), _negated=True),
                                ("number__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="credit_note_numbered",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Fapiao",
            fields=[
                ("id", key()),
                (
                    "public_id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, unique=True, verbose_name="public ID"
                    ),
                ),
                (
                    "topup_reference",
                    models.CharField(blank=True, max_length=80, verbose_name="top-up"),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("normal", "general"), ("special", "special (deductible)")],
                        default="normal",
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                ("amount_cents", models.BigIntegerField(verbose_name="amount, cents")),
                ("title", models.CharField(max_length=150, verbose_name="invoice title")),
                ("tax_number", models.CharField(max_length=40, verbose_name="tax number")),
                ("details", models.TextField(blank=True, verbose_name="details")),
                ("email", models.EmailField(max_length=254, verbose_name="goes to")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "requested"),
                            ("issued", "issued"),
                            ("reversed", "reversed"),
                            ("refused", "refused"),
                            ("cancelled", "cancelled"),
                        ],
                        default="requested",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="reason")),
                ("number", models.CharField(blank=True, max_length=20, verbose_name="number")),
                ("file", models.BinaryField(default=b"", verbose_name="file")),
                (
                    "file_name",
                    models.CharField(
                        blank=True, editable=False, max_length=40, verbose_name="file"
                    ),
                ),
                ("requested_by", models.CharField(max_length=254, verbose_name="requested by")),
                ("requested_at", models.DateTimeField(verbose_name="requested")),
                (
                    "decided_by",
                    models.CharField(blank=True, max_length=80, verbose_name="decided by"),
                ),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fapiao",
                        to="accounts.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fapiao",
                        to="billing.invoice",
                        verbose_name="invoice",
                    ),
                ),
            ],
            options={
                "verbose_name": "fapiao",
                "verbose_name_plural": "fapiao",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["requested", "issued"])),
                        fields=("invoice",),
                        name="one_fapiao_an_invoice",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("state__in", ["requested", "issued"]),
                            models.Q(("topup_reference", ""), _negated=True),
                        ),
                        fields=("account", "topup_reference"),
                        name="one_fapiao_a_topup",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("invoice__isnull", False), ("topup_reference", "")),
                            models.Q(
                                ("invoice__isnull", True),
                                models.Q(("topup_reference", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="fapiao_is_for_one_thing",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_cents__gt", 0)), name="fapiao_amount"
                    ),
                ],
            },
        ),
    ]
