from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0011_suppression_and_inbound")]

    operations = [
        migrations.AddField(
            model_name="route",
            name="is_sandbox",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="sandbox"
            ),
        ),
    ]
