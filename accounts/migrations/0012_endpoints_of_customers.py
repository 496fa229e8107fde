from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_terms_and_registration")]

    operations = [
        migrations.AddField(
            model_name="webhookendpoint",
            name="old_secrets",
            field=models.JSONField(blank=True, db_default=[], default=list, editable=False),
        ),
        migrations.AddField(
            model_name="webhookendpoint",
            name="listens_since",
            field=models.DateTimeField(blank=True, null=True, verbose_name="listens since"),
        ),
        migrations.AddField(
            model_name="webhookendpoint",
            name="tested_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="tried"),
        ),
        migrations.AddField(
            model_name="webhookendpoint",
            name="removed_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="removed"),
        ),
        # Read by the endpoint's page: what was given up, newest first.
        migrations.RunSQL(
            "CREATE INDEX delivery_dead ON accounts_webhookdelivery (endpoint_id, id)"
            " WHERE state = 'dead'",
            "DROP INDEX delivery_dead",
        ),
    ]
