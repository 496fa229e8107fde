from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0014_modes_of_keys")]

    operations = [
        migrations.AddField(
            model_name="account",
            name="state_reason",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                max_length=500,
                verbose_name="reason of the state",
            ),
        ),
        migrations.AddField(
            model_name="account",
            name="state_since",
            field=models.DateTimeField(
                blank=True, null=True, verbose_name="in this state since"
            ),
        ),
    ]
