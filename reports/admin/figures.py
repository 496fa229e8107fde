"""The staff desk of what was counted, and of what was found broken."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import AdminSite
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from reports.models import DailyStat, Violation
from reports.services import reviewing, violations
from smsplatform.core import clock
from smsplatform.core.admin import ReadOnly, record

admin.site.index_template = "reports/desk.html"


def _desk(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """The first page begins with what is broken, then with what waits."""
    now = clock.now()
    context = {
        **(extra_context or {}),
        "violations": (
            violations.still_open() if request.user.has_perm("reports.view_violation") else ()
        ),
        "waiting": reviewing.waiting(now=now) if request.user.has_perm("core.view_item") else (),
        "now": now,
    }
    return AdminSite.index(admin.site, request, context)


admin.site.index = _desk  # type: ignore[method-assign, assignment]


@admin.register(DailyStat)
class DailyStatAdmin(ReadOnly):
    list_display = ("date", "account", "project", "country", "message_class", "state", "messages")
    list_select_related = ("account", "project")
    exact_search = ("account_id",)
    ordering = ("-id",)


@admin.register(Violation)
class ViolationAdmin(ReadOnly):
    list_display = (
        "invariant",
        "what_must_hold",
        "found",
        "first_seen_at",
        "last_seen_at",
        "closed_at",
    )
    exact_search = ("invariant",)
    ordering = ("-id",)
    actions = ("close",)

    @admin.display(description=_("what must hold"))
    def what_must_hold(self, violation: Violation) -> str:
        return str(violations.sentence(violation))

    def has_close_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("reports.change_violation")

    @admin.action(description=_("Looked into: take them off the first page"), permissions=["close"])
    def close(self, request: HttpRequest, queryset: QuerySet[Violation]) -> None:
        closed = 0
        for violation in queryset.filter(closed_at__isnull=True):
            with transaction.atomic():
                if violations.close(violation=violation, now=clock.now()):
                    record(request, violation, "violation.closed")
                    closed += 1
        done = ngettext("%(count)d was taken off.", "%(count)d were taken off.", closed)
        self.message_user(request, done % {"count": closed}, messages.SUCCESS)
