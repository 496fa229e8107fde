"""Whom nobody may write to, what people agreed to, and what phones answer.

The ledger of consents is written once, as the ledger of money is.
"""

import django.db.models.deletion
from django.db import migrations, models

from smsplatform.core import partitions

CLASSES = [("verification", "verification"), ("notice", "notice"), ("marketing", "marketing")]

APPEND_ONLY = """
CREATE FUNCTION messaging_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', tg_table_name USING ERRCODE = '23514';
END $$;
CREATE TRIGGER messaging_consententry_append_only BEFORE UPDATE OR DELETE
    ON messaging_consententry FOR EACH STATEMENT EXECUTE FUNCTION messaging_append_only();
CREATE TRIGGER messaging_consententry_no_truncate BEFORE TRUNCATE
    ON messaging_consententry FOR EACH STATEMENT EXECUTE FUNCTION messaging_append_only();
"""

# The account's messages from phones, newest first.
BY_ACCOUNT = "CREATE INDEX inbound_by_account ON messaging_inbound (account_id, id)"


def _owned(model, name, *, is_optional=False):
    return models.ForeignKey(
        blank=is_optional,
        db_index=False,
        null=is_optional,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=model,
        verbose_name=name,
    )


def _loose(model, name, **more):
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.DO_NOTHING,
        to=model,
        verbose_name=name,
        **more,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_qualification_whole"),
        ("templates_app", "0003_fill_versions_and_filings"),
        ("messaging", "0010_rules_of_sending"),
    ]

    operations = [
        migrations.AddField(
            model_name="carrier",
            name="access_code",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=14, verbose_name="access code"
            ),
        ),
        migrations.CreateModel(
            name="Suppression",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        editable=False, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("account", _owned("accounts.account", "account", is_optional=True)),
                ("signature", _owned("templates_app.signature", "signature", is_optional=True)),
                (
                    "message_class",
                    models.CharField(
                        blank=True, choices=CLASSES, max_length=12, verbose_name="class"
                    ),
                ),
                ("number", models.CharField(max_length=16, verbose_name="number")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("reply", "the recipient replied so"),
                            ("complaint", "complaint"),
                            ("carrier", "carrier"),
                            ("manual", "entered by hand"),
                            ("import", "imported"),
                            ("api", "API"),
                        ],
                        max_length=10,
                        verbose_name="source",
                    ),
                ),
                ("word", models.CharField(blank=True, max_length=30, verbose_name="word")),
                (
                    "inbound_id",
                    models.UUIDField(blank=True, null=True, verbose_name="message from the phone"),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                ("created_at", models.DateTimeField(verbose_name="since")),
                ("created_by", models.CharField(blank=True, max_length=200, verbose_name="by")),
                (
                    "expires_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="until"),
                ),
                (
                    "lifted_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="lifted"),
                ),
                (
                    "lifted_by",
                    models.CharField(blank=True, max_length=200, verbose_name="lifted by"),
                ),
            ],
            options={
                "verbose_name": "suppressed number",
                "verbose_name_plural": "suppressed numbers",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("lifted_at__isnull", True)),
                        fields=("number", "account", "signature", "message_class"),
                        name="suppressed_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("account__isnull", False),
                            ("signature__isnull", True),
                            _connector="OR",
                        ),
                        name="suppressed_signature_of_account",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["account", "id"], name="suppressed_by_account"),
                    models.Index(fields=["account", "number"], name="suppressed_history"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ConsentEntry",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        editable=False, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("account", _owned("accounts.account", "account")),
                ("signature", _owned("templates_app.signature", "signature", is_optional=True)),
                ("number", models.CharField(max_length=16, verbose_name="number")),
                (
                    "message_class",
                    models.CharField(choices=CLASSES, max_length=12, verbose_name="class"),
                ),
                (
                    "act",
                    models.CharField(
                        choices=[("granted", "given"), ("withdrawn", "withdrawn")],
                        max_length=9,
                        verbose_name="consent",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("form", "form on a page or in an app"),
                            ("paper", "signed on paper"),
                            ("phone", "said on the phone"),
                            ("reply", "the recipient replied so"),
                            ("import", "imported"),
                            ("other", "another way"),
                        ],
                        max_length=10,
                        verbose_name="source",
                    ),
                ),
                (
                    "text_version",
                    models.CharField(blank=True, max_length=60, verbose_name="version of the text"),
                ),
                (
                    "evidence",
                    models.CharField(blank=True, max_length=500, verbose_name="evidence"),
                ),
                ("at", models.DateTimeField(verbose_name="time")),
                ("recorded_at", models.DateTimeField(verbose_name="recorded")),
                ("recorded_by", models.CharField(max_length=200, verbose_name="recorded by")),
            ],
            options={
                "verbose_name": "consent",
                "verbose_name_plural": "consents",
                "indexes": [
                    models.Index(
                        fields=["account", "number", "message_class", "at"],
                        name="consent_of_number",
                    )
                ],
            },
        ),
        migrations.RunSQL(APPEND_ONLY, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Inbound",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        editable=False, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("carrier", _loose("messaging.carrier", "carrier")),
                ("number", models.CharField(max_length=21, verbose_name="from")),
                ("destination", models.CharField(blank=True, max_length=21, verbose_name="to")),
                ("text", models.TextField(blank=True, verbose_name="text")),
                ("alphabet", models.CharField(max_length=8, verbose_name="encoding")),
                ("parts", models.SmallIntegerField(default=1, verbose_name="parts")),
                ("is_complete", models.BooleanField(default=True, verbose_name="complete")),
                ("account", _loose("accounts.account", "account", null=True)),
                ("signature_id", models.BigIntegerField(null=True, verbose_name="signature")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("opt_out", "opted out"),
                            ("opt_in", "opted in again"),
                            ("help", "asked for help"),
                            ("none", "nothing"),
                            ("failed", "could not be read"),
                        ],
                        max_length=8,
                        verbose_name="outcome",
                    ),
                ),
                ("word", models.CharField(blank=True, max_length=30, verbose_name="word")),
                ("received_at", models.DateTimeField(verbose_name="received")),
            ],
            options={
                "verbose_name": "message from a phone",
                "verbose_name_plural": "messages from phones",
            },
        ),
        partitions.convert(
            table="messaging_inbound", key="id", primary_key=["id"], unit="month"
        ),
        migrations.RunSQL(BY_ACCOUNT, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="InboundPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("carrier", _loose("messaging.carrier", "carrier")),
                ("number", models.CharField(max_length=21, verbose_name="from")),
                (
                    "is_international",
                    models.BooleanField(default=False, verbose_name="international"),
                ),
                ("destination", models.CharField(blank=True, max_length=21, verbose_name="to")),
                ("reference", models.IntegerField(verbose_name="reference")),
                ("total", models.SmallIntegerField(verbose_name="parts")),
                ("no", models.SmallIntegerField(verbose_name="No.")),
                ("alphabet", models.CharField(max_length=8, verbose_name="encoding")),
                ("content", models.BinaryField(verbose_name="bytes")),
                ("received_at", models.DateTimeField(verbose_name="received")),
            ],
            options={
                "verbose_name": "part of a message from a phone",
                "verbose_name_plural": "parts of messages from phones",
                "indexes": [
                    models.Index(
                        fields=["carrier", "number", "destination", "reference"],
                        name="part_to_join",
                    ),
                    models.Index(fields=["received_at"], name="part_by_age"),
                ],
            },
        ),
        migrations.CreateModel(
            name="InboundSeen",
            fields=[
                (
                    "fingerprint",
                    models.BinaryField(max_length=32, primary_key=True, serialize=False),
                ),
                ("seen_at", models.DateTimeField(verbose_name="seen")),
            ],
            options={
                "verbose_name": "message seen",
                "verbose_name_plural": "messages seen",
                "indexes": [models.Index(fields=["seen_at"], name="inbound_seen_by_age")],
            },
        ),
    ]
