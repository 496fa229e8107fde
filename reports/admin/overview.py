"""How the review desk is doing, for those who work at it and those who plan it."""

from typing import Any, cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views import View

from reports.services import digest, reviewing
from reports.services.reviewing import Overview, Speed
from smsplatform.components import Chart, Column, Empty, Series, Table
from smsplatform.core import clock
from smsplatform.core.review import Decision

_TONES = {Decision.APPROVED: "good", Decision.NEEDS_MORE: "unsure", Decision.REJECTED: "bad"}


class ReviewOverview(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm("core.view_item"):
            raise PermissionDenied
        now = clock.now()
        found = reviewing.overview(now=now)
        context = {
            **admin.site.each_context(request),
            "now": now,
            "waiting": found.waiting,
            "decided": _chart(found),
            "by_kind": _speeds(_("By kind"), _("Kind"), found.by_kind),
            "by_person": _speeds(_("By reviewer"), _("Reviewer"), found.by_person),
            "reasons": found.reasons,
            "days": reviewing.DAYS,
        }
        context["gets_digest"] = cast(Any, request.user).gets_review_digest
        with timezone.override(ZoneInfo(settings.STAFF_TIME_ZONE)):
            return TemplateResponse(request, "reports/reviews.html", context).render()

    def post(self, request: HttpRequest) -> HttpResponse:
        """The morning mail, of whoever asks: off, or on again."""
        if not request.user.has_perm("core.view_item"):
            raise PermissionDenied
        digest.choose(user_id=cast(int, request.user.pk), wanted=request.POST.get("mail") == "on")
        return redirect("staff-reviews")


def _chart(found: Overview) -> Chart:
    return Chart(
        key="decided",
        title=_("Decided each day"),
        kind="stack",
        names=[f"{day:%m-%d}" for day in found.by_day],
        series=[
            Series(
                decision.label, _TONES[decision], [day[decision] for day in found.by_day.values()]
            )
            for decision in Decision
        ],
        first_heading=_("Day"),
    )


def _speeds(caption: Any, heading: Any, rows: list[Speed]) -> Table:
    return Table(
        caption=caption,
        columns=[
            Column(heading),
            Column(_("Decided"), is_figure=True),
            Column(_("Approved"), is_figure=True),
            Column(_("Late"), is_figure=True),
            Column(_("Half within"), is_figure=True),
            Column(_("Nine of ten within"), is_figure=True),
        ],
        rows=rows,
        row_template="reports/parts/review_speed.html",
        empty=Empty(
            title=_("Nothing was decided in these days"),
            text=_("As soon as somebody decides a review, this shows how long it took."),
        ),
    )
