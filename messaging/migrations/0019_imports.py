from django.db import migrations, models
from django.db.models.deletion import CASCADE, PROTECT

STATES = [
    ("reading", "being read"),
    ("refused", "refused"),
    ("ready", "to be looked at"),
    ("applying", "being applied"),
    ("done", "applied"),
]


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0017_purge_and_digest"),
        ("messaging", "0018_sources_of_messages"),
    ]

    operations = [
        migrations.CreateModel(
            name="Import",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False, verbose_name="ID")),
                ("what", models.CharField(choices=[("suppressions", "numbers that must not be written to"), ("consents", "consents")], max_length=12, verbose_name="what")),
                ("name", models.CharField(max_length=120, verbose_name="file name")),
                ("state", models.CharField(choices=STATES, default="reading", max_length=10, verbose_name="state")),
                ("problem", models.CharField(blank=True, max_length=40, verbose_name="why refused")),
                ("headings", models.JSONField(blank=True, default=list, verbose_name="headings")),
                ("understood", models.PositiveIntegerField(default=0, verbose_name="understood")),
                ("refused", models.PositiveIntegerField(default=0, verbose_name="not understood")),
                ("applied", models.PositiveIntegerField(default=0, verbose_name="applied")),
                ("added", models.PositiveIntegerField(default=0, verbose_name="added")),
                ("last_line", models.PositiveIntegerField(default=0, verbose_name="applied up to line")),
                ("created_by", models.CharField(max_length=200, verbose_name="by")),
                ("created_at", models.DateTimeField(verbose_name="uploaded")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished")),
                ("account", models.ForeignKey(on_delete=PROTECT, related_name="+", to="accounts.account", verbose_name="account")),
            ],
            options={
                "verbose_name": "import",
                "verbose_name_plural": "imports",
                "indexes": [models.Index(fields=["account", "id"], name="import_by_account")],
            },
        ),
        migrations.CreateModel(
            name="ImportFile",
            fields=[
                ("owner", models.OneToOneField(on_delete=CASCADE, primary_key=True, serialize=False, to="messaging.import", verbose_name="import")),
                ("content", models.BinaryField(verbose_name="content")),
            ],
            options={
                "verbose_name": "imported file",
                "verbose_name_plural": "imported files",
            },
        ),
        migrations.CreateModel(
            name="ImportRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line", models.PositiveIntegerField(verbose_name="line")),
                ("problem", models.CharField(blank=True, max_length=40, verbose_name="why refused")),
                ("field", models.CharField(blank=True, max_length=20, verbose_name="column")),
                ("values", models.JSONField(default=dict, verbose_name="values")),
                ("owner", models.ForeignKey(on_delete=CASCADE, related_name="rows", to="messaging.import", verbose_name="import")),
            ],
            options={
                "verbose_name": "imported row",
                "verbose_name_plural": "imported rows",
                "constraints": [models.UniqueConstraint(fields=["owner", "line"], name="import_line_once")],
            },
        ),
    ]
