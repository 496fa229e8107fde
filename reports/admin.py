"""The staff desk of what was counted."""

from django.contrib import admin

from reports.models import DailyStat
from smsplatform.core.admin import ReadOnly


@admin.register(DailyStat)
class DailyStatAdmin(ReadOnly):
    list_display = ("date", "account", "project", "country", "message_class", "state", "messages")
    list_select_related = ("account", "project")
    exact_search = ("account_id",)
    ordering = ("-id",)
