from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_append_only")]

    operations = [
        migrations.AddField(
            model_name="package",
            name="is_trial",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="A gift to every account that registers.",
                verbose_name="trial",
            ),
        ),
    ]
