from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0017_purge_and_digest")]

    operations = [
        migrations.AddField(
            model_name="acceptance",
            name="binds_account",
            field=models.BooleanField(
                db_default=True, default=True, verbose_name="binds the account"
            ),
        ),
        migrations.RemoveConstraint(model_name="acceptance", name="accepted_once"),
        migrations.AddConstraint(
            model_name="acceptance",
            constraint=models.UniqueConstraint(
                fields=("user", "account", "version", "binds_account"), name="accepted_once"
            ),
        ),
    ]
