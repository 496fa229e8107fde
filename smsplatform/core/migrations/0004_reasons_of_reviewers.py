from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("core", "0003_review_desk"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReviewReason",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40, verbose_name="kind")),
                ("code", models.SlugField(max_length=32, verbose_name="code")),
                ("field", models.CharField(blank=True, max_length=40, verbose_name="field")),
                ("sentence_en", models.CharField(blank=True, max_length=300, verbose_name="what is wrong, in English")),
                ("fix_en", models.CharField(blank=True, max_length=500, verbose_name="how to mend it, in English")),
                ("sentence_zh", models.CharField(blank=True, max_length=300, verbose_name="what is wrong, in Chinese")),
                ("fix_zh", models.CharField(blank=True, max_length=500, verbose_name="how to mend it, in Chinese")),
                ("place", models.PositiveSmallIntegerField(default=100, verbose_name="place in the list")),
                ("is_active", models.BooleanField(default=True, verbose_name="on offer")),
            ],
            options={
                "verbose_name": "reason of reviewers",
                "verbose_name_plural": "reasons of reviewers",
                "constraints": [
                    models.UniqueConstraint(fields=["kind", "code"], name="review_reason_once"),
                ],
            },
        ),
    ]
