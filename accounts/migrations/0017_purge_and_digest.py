from django.core.validators import MinValueValidator
from django.db import migrations, models


def seed(apps, schema_editor):
    """Half a year after its closing an account's papers go; superusers change the term."""
    apps.get_model("accounts", "RetentionTerm").objects.create(what="closed_papers", days=180)


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0016_trades"),
    ]

    operations = [
        migrations.CreateModel(
            name="RetentionTerm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("what", models.CharField(choices=[("closed_papers", "papers of a closed account, from its closing")], max_length=20, unique=True, verbose_name="what")),
                ("days", models.PositiveIntegerField(validators=[MinValueValidator(1)], verbose_name="days")),
            ],
            options={
                "verbose_name": "term of retention",
                "verbose_name_plural": "terms of retention",
            },
        ),
        migrations.RunPython(seed, migrations.RunPython.noop),
        migrations.AddField(
            model_name="document",
            name="purged_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="removed at"),
        ),
        migrations.AlterField(
            model_name="document",
            name="state",
            field=models.CharField(choices=[("quarantined", "being checked"), ("clean", "checked"), ("refused", "refused"), ("purged", "removed")], default="quarantined", max_length=12, verbose_name="state"),
        ),
        migrations.AddField(
            model_name="user",
            name="gets_review_digest",
            field=models.BooleanField(db_default=True, default=True, verbose_name="gets the reviews' morning mail"),
        ),
        migrations.AddField(
            model_name="user",
            name="review_digest_date",
            field=models.DateField(blank=True, null=True, verbose_name="last morning mail"),
        ),
    ]
