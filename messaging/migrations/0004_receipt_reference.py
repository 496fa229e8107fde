from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0003_guard_states")]

    operations = [
        migrations.AddField(
            model_name="receipt",
            name="reference",
            field=models.CharField(
                blank=True,
                default="",
                max_length=64,
                verbose_name="our reference",
            ),
        ),
    ]
