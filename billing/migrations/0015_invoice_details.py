import django.db.models.deletion
from django.db import migrations, models

TEXTS = {
    "buyer_tax_number": (40, "customer's tax number"),
    "seller_name": (150, "seller"),
    "seller_tax_number": (40, "seller's tax number"),
    "timezone": (40, "time zone"),
    "tax_name": (20, "tax"),
    "hash": (64, "fingerprint"),
}


def text(name):
    length, label = TEXTS[name]
    return migrations.AddField(
        model_name="invoice",
        name=name,
        field=models.CharField(
            blank=True, db_default="", default="", max_length=length, verbose_name=label
        ),
    )


def long_text(name, label):
    return migrations.AddField(
        model_name="invoice",
        name=name,
        field=models.TextField(blank=True, db_default="", default="", verbose_name=label),
    )


# Numbers go on where they were.
FILL = """
INSERT INTO billing_documentnumber (series, last)
SELECT 'invoice', coalesce(max(number), 0) FROM billing_invoice
UNION ALL SELECT 'credit_note', 0;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0017_purge_and_digest"),
        ("billing", "0014_coupons"),
    ]

    operations = [
        migrations.CreateModel(
            name="DocumentNumber",
            fields=[
                (
                    "series",
                    models.CharField(
                        choices=[("invoice", "invoice"), ("credit_note", "credit note")],
                        max_length=12,
                        primary_key=True,
                        serialize=False,
                        verbose_name="series",
                    ),
                ),
                ("last", models.BigIntegerField(default=0, verbose_name="last number")),
            ],
            options={
                "verbose_name": "document number",
                "verbose_name_plural": "document numbers",
            },
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Seller",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("from_date", models.DateField(unique=True, verbose_name="from")),
                ("name", models.CharField(max_length=150, verbose_name="registered name")),
                (
                    "tax_number",
                    models.CharField(blank=True, max_length=40, verbose_name="tax number"),
                ),
                ("address", models.CharField(blank=True, max_length=200, verbose_name="address")),
                (
                    "bank",
                    models.CharField(blank=True, max_length=200, verbose_name="bank and account"),
                ),
            ],
            options={"verbose_name": "seller", "verbose_name_plural": "sellers"},
        ),
        migrations.CreateModel(
            name="TaxRate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("country", models.CharField(max_length=2, verbose_name="country")),
                ("from_date", models.DateField(verbose_name="from")),
                ("name", models.CharField(default="VAT", max_length=20, verbose_name="name")),
                (
                    "basis_points",
                    models.PositiveIntegerField(verbose_name="hundredths of a per cent"),
                ),
            ],
            options={
                "verbose_name": "tax rate",
                "verbose_name_plural": "tax rates",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("country", "from_date"), name="tax_rate_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("basis_points__lte", 10000)), name="tax_rate_sane"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BillingDetails",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="billing_details",
                        serialize=False,
                        to="accounts.account",
                        verbose_name="account",
                    ),
                ),
                ("title", models.CharField(max_length=150, verbose_name="invoice title")),
                (
                    "tax_number",
                    models.CharField(blank=True, max_length=40, verbose_name="tax number"),
                ),
                ("address", models.CharField(blank=True, max_length=200, verbose_name="address")),
                ("phone", models.CharField(blank=True, max_length=20, verbose_name="phone")),
                ("bank", models.CharField(blank=True, max_length=100, verbose_name="bank")),
                (
                    "bank_account",
                    models.CharField(blank=True, max_length=40, verbose_name="bank account"),
                ),
                (
                    "email",
                    models.EmailField(blank=True, max_length=254, verbose_name="invoices go to"),
                ),
                (
                    "fapiao_basis",
                    models.CharField(
                        choices=[
                            ("consumption", "what was used"),
                            ("topup", "what was paid in"),
                        ],
                        default="consumption",
                        max_length=12,
                        verbose_name="fapiao for",
                    ),
                ),
                (
                    "due_days",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="days to pay"
                    ),
                ),
            ],
            options={
                "verbose_name": "billing details",
                "verbose_name_plural": "billing details",
            },
        ),
        *map(text, TEXTS),
        long_text("buyer_text", "customer's details"),
        long_text("seller_text", "seller's details"),
        migrations.AddField(
            model_name="invoice",
            name="from_date",
            field=models.DateField(null=True, verbose_name="from"),
        ),
        migrations.AddField(
            model_name="invoice",
            name="due_date",
            field=models.DateField(null=True, verbose_name="due"),
        ),
        migrations.AddField(
            model_name="invoice",
            name="tax_basis_points",
            field=models.PositiveIntegerField(
                db_default=0, default=0, verbose_name="tax, hundredths of a per cent"
            ),
        ),
        migrations.AddField(
            model_name="invoice",
            name="tax_cents",
            field=models.BigIntegerField(db_default=0, default=0, verbose_name="tax, cents"),
        ),
        migrations.AddField(
            model_name="invoiceline",
            name="project",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.project",
                verbose_name="project",
            ),
        ),
    ]
