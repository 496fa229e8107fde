"""How much of what is sent reviewers look at."""

from django.contrib import admin

from messaging.models import SampleShare
from smsplatform.core.admin import Audited


@admin.register(SampleShare)
class SampleShareAdmin(Audited):
    list_display = ("__str__", "one_in", "new_one_in", "new_for_days", "is_daily", "most_a_day")
    list_filter = ("message_class",)
    list_select_related = ("account",)
    raw_id_fields = ("account",)
