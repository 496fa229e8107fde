from datetime import time

from django.db import migrations, models
from django.db.models import F, Q


def open_on_weekdays(apps, schema_editor):
    """Hours to begin with; the staff change them at their desk."""
    hours = apps.get_model("core", "WorkingHours")
    hours.objects.bulk_create(
        [hours(weekday=day, opens_at=time(9), closes_at=time(18)) for day in range(5)]
    )


class Migration(migrations.Migration):

    dependencies = [
        ("core", "0002_taskpulse"),
    ]

    operations = [
        migrations.CreateModel(
            name="Item",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40, verbose_name="kind")),
                ("target_id", models.BigIntegerField(verbose_name="subject")),
                ("account_id", models.BigIntegerField(verbose_name="account")),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                ("facts", models.JSONField(blank=True, default=dict, verbose_name="facts")),
                ("state", models.CharField(choices=[("waiting", "waiting"), ("second_look", "waits for a second look"), ("decided", "decided"), ("withdrawn", "withdrawn")], default="waiting", max_length=12, verbose_name="state")),
                ("needs_two", models.BooleanField(default=False, verbose_name="needs two people")),
                ("decision", models.CharField(blank=True, choices=[("approved", "approved"), ("needs_more", "needs more"), ("rejected", "rejected")], max_length=10, verbose_name="decision")),
                ("reasons", models.JSONField(blank=True, default=list, verbose_name="reasons")),
                ("priority", models.SmallIntegerField(default=0, verbose_name="priority")),
                ("opened_at", models.DateTimeField(verbose_name="submitted")),
                ("due_at", models.DateTimeField(verbose_name="due")),
                ("rank_at", models.DateTimeField(editable=False, verbose_name="rank")),
                ("nudged_at", models.DateTimeField(blank=True, null=True, verbose_name="customer asked")),
                ("claimed_by_id", models.BigIntegerField(blank=True, null=True, verbose_name="taken by")),
                ("claimed_until", models.DateTimeField(blank=True, null=True, verbose_name="taken until")),
                ("decided_by_id", models.BigIntegerField(blank=True, null=True, verbose_name="decided by (number)")),
                ("decided_by_name", models.CharField(blank=True, max_length=254, verbose_name="decided by")),
                ("second_by_id", models.BigIntegerField(blank=True, null=True, verbose_name="second look by (number)")),
                ("second_by_name", models.CharField(blank=True, max_length=254, verbose_name="second look by")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided at")),
            ],
            options={
                "verbose_name": "review",
                "verbose_name_plural": "reviews",
                "indexes": [
                    models.Index(fields=["rank_at", "id"], condition=Q(state__in=["waiting", "second_look"]), name="review_queue"),
                    models.Index(fields=["kind", "target_id", "id"], name="review_history"),
                    models.Index(fields=["kind", "decided_at"], condition=Q(state="decided"), name="review_decided"),
                    models.Index(fields=["account_id", "id"], name="review_by_account"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=["kind", "target_id"], condition=Q(state__in=["waiting", "second_look"]), name="review_waits_once"),
                    models.CheckConstraint(condition=Q(second_by_id__isnull=True) | ~Q(second_by_id=F("decided_by_id")), name="review_four_eyes"),
                    models.CheckConstraint(condition=~Q(state="decided", needs_two=True, decision="approved") | Q(second_by_id__isnull=False), name="review_approved_by_two"),
                    models.CheckConstraint(
                        condition=Q(state="decided", decided_at__isnull=False, decided_by_id__isnull=False) & ~Q(decision="")
                        | ~Q(state="decided") & Q(decided_at__isnull=True, decision=""),
                        name="review_decision_is_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkingHours",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("weekday", models.PositiveSmallIntegerField(choices=[(0, "Monday"), (1, "Tuesday"), (2, "Wednesday"), (3, "Thursday"), (4, "Friday"), (5, "Saturday"), (6, "Sunday")], unique=True, verbose_name="weekday")),
                ("opens_at", models.TimeField(verbose_name="from")),
                ("closes_at", models.TimeField(verbose_name="until")),
            ],
            options={
                "verbose_name": "working hours",
                "verbose_name_plural": "working hours",
                "ordering": ("weekday",),
                "constraints": [models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="working_hours_forward")],
            },
        ),
        migrations.CreateModel(
            name="CalendarDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("date", models.DateField(unique=True, verbose_name="day")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("opens_at", models.TimeField(blank=True, null=True, verbose_name="from")),
                ("closes_at", models.TimeField(blank=True, null=True, verbose_name="until")),
            ],
            options={
                "verbose_name": "day off or on",
                "verbose_name_plural": "days off and on",
                "ordering": ("-date",),
                "constraints": [models.CheckConstraint(condition=Q(opens_at__isnull=True, closes_at__isnull=True) | Q(closes_at__gt=F("opens_at")), name="calendar_day_forward")],
            },
        ),
        migrations.CreateModel(
            name="CannedReply",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(blank=True, max_length=40, verbose_name="kind")),
                ("title", models.CharField(max_length=80, verbose_name="title")),
                ("text", models.TextField(max_length=1000, verbose_name="text")),
            ],
            options={
                "verbose_name": "canned reply",
                "verbose_name_plural": "canned replies",
                "ordering": ("title",),
            },
        ),
        migrations.RunPython(open_on_weekdays, migrations.RunPython.noop),
    ]
