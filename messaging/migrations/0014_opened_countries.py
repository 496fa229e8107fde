import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0014_modes_of_keys"),
        ("messaging", "0013_price_row"),
    ]

    operations = [
        migrations.CreateModel(
            name="OpenedCountry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "country",
                    models.CharField(
                        help_text="Two capital letters, such as GB.",
                        max_length=2,
                        validators=[django.core.validators.RegexValidator("^[A-Z]{2}$")],
                        verbose_name="country",
                    ),
                ),
                ("opened_at", models.DateTimeField(verbose_name="since")),
                (
                    "opened_by",
                    models.CharField(blank=True, max_length=200, verbose_name="by"),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.account",
                        verbose_name="account",
                    ),
                ),
            ],
            options={
                "verbose_name": "opened country",
                "verbose_name_plural": "opened countries",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "country"), name="country_opened_once"
                    )
                ],
            },
        ),
    ]
