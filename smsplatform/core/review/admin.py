"""The staff's desk: one queue for everything that waits for a person, decided by one key."""

from typing import Any, cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from smsplatform.core import clock
from smsplatform.core.admin import Audited, LargeTable, ReadOnly, record
from smsplatform.core.errors import DomainError
from smsplatform.core.review import deciding, registry, screen
from smsplatform.core.review.models import (
    CalendarDay,
    CannedReply,
    Decision,
    Item,
    ItemQuerySet,
    WorkingHours,
)

# Without the admin's list of models beside it: two things stand side by side here.
_WIDE = {"is_nav_sidebar_enabled": False}


class KindFilter(admin.SimpleListFilter):
    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind.name, str(kind.label)) for kind in registry.kinds()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Item]) -> QuerySet[Item]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class ShownFilter(admin.SimpleListFilter):
    """Without a choice: whatever waits."""

    title = _("shown")
    parameter_name = "shown"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("mine", _("taken by me")),
            ("overdue", _("overdue")),
            ("nudged", _("customer asked")),
            ("decided", _("decided")),
            ("all", _("everything")),
        ]

    def choices(self, changelist: ChangeList) -> Any:
        shown = list(super().choices(changelist))
        shown[0]["display"] = _("waiting")
        return shown

    def queryset(self, request: HttpRequest, queryset: QuerySet[Item]) -> QuerySet[Item]:
        now, value = clock.now(), self.value()
        rows = cast(ItemQuerySet, queryset)
        if value == "mine":
            rows = rows.live().filter(claimed_by_id=request.user.pk, claimed_until__gt=now)
        elif value == "overdue":
            rows = rows.overdue(now)
        elif value == "nudged":
            rows = rows.live().filter(nudged_at__isnull=False)
        elif value == "decided":
            rows = rows.filter(state="decided")
        elif value != "all":
            rows = rows.live()
        return rows


class Queue(ChangeList):
    """With the names of those who have taken what is shown: one query for all of them."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        now = clock.now()
        held = [row for row in self.result_list if row.claimed_until and row.claimed_until > now]
        found = screen.names([row.claimed_by_id for row in held])
        for row in self.result_list:
            row.shown_at = now
            row.holder = found.get(row.claimed_by_id, "") if row in held else ""


@admin.register(Item)
class ReviewAdmin(ReadOnly):
    list_display = ("subject", "kind_label", "age", "due", "priority", "taken_by", "outcome")
    list_filter = (ShownFilter, KindFilter)
    exact_search = ("account_id", "title")
    ordering = ("rank_at", "id")
    sortable_by = ("due",)
    show_facets = admin.ShowFacets.NEVER
    actions = ("approve_many",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Queue

    def get_urls(self) -> list[Any]:
        site = self.admin_site
        pages: dict[str, Any] = {
            "next/": self.take_next,
            "<int:item_id>/take/": self.take,
            "<int:item_id>/release/": self.release,
            "<int:item_id>/decide/": self.decide,
        }
        own = [
            path(route, site.admin_view(require_POST(page)), name=f"core_item_{page.__name__}")
            for route, page in pages.items()
        ]
        return [*own, *super().get_urls()]

    # --- the queue

    @admin.display(description=_("subject"), ordering="title")
    def subject(self, item: Item) -> SafeString:
        facts = format_html_join("", '<span class="review-fact">{} {}</span>', item.facts.items())
        return format_html("<strong>{}</strong>{}", item.title, facts)

    @admin.display(description=_("kind"))
    def kind_label(self, item: Item) -> Any:
        return registry.kind_of(item.kind).label

    @admin.display(description=_("age"))
    def age(self, item: Any) -> str:
        return timesince(item.opened_at, item.decided_at or item.shown_at, depth=1)

    @admin.display(description=_("due"), ordering="due_at")
    def due(self, item: Any) -> SafeString:
        if not item.is_live:
            return format_html("–")
        if item.is_overdue(item.shown_at):
            late = gettext("%s late") % timesince(item.due_at, item.shown_at, depth=1)
            return format_html('<span class="pill tone-bad">{}</span>', late)
        left = gettext("in %s") % timeuntil(item.due_at, item.shown_at, depth=1)
        return format_html('<span class="pill tone-going">{}</span>', left)

    @admin.display(description=_("taken by"))
    def taken_by(self, item: Any) -> str:
        return item.holder or "–"

    @admin.display(description=_("state"), ordering="state")
    def outcome(self, item: Item) -> str:
        return item.get_decision_display() if item.decision else item.get_state_display()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Rendered here, so that its times are those of the staff."""
        with _staff_time():
            response = super().changelist_view(request, {**_WIDE, "title": _("Reviews")})
            if isinstance(response, TemplateResponse):
                response.render()
            return response

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("core.change_item")

    @admin.action(description=_("Approve the selected"), permissions=["decide"])
    def approve_many(self, request: HttpRequest, queryset: QuerySet[Item]) -> None:
        """Each in a transaction of its own: one that is refused harms no other."""
        approved, left = 0, 0
        for item in queryset:
            may = registry.kind_of(item.kind).may_approve_many
            if may and self._decided(request, item.pk, Decision.APPROVED, [], quietly=True):
                approved += 1
            else:
                left += 1
        told = ngettext("%d approved.", "%d approved.", approved) % approved
        messages.success(request, told)
        if left:
            more = _("%d left as they were: decide them one by one.") % left
            messages.warning(request, more)

    # --- one of it

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if request.method != "GET":
            raise PermissionDenied
        if not self.has_view_permission(request):
            raise PermissionDenied
        item = self.get_object(request, object_id)
        if item is None:
            raise Http404
        record(request, item, "review.viewed")
        return self._show(request, item)

    def take_next(self, request: HttpRequest) -> HttpResponse:
        self._check(request)
        return self._to_next(request)

    def take(self, request: HttpRequest, item_id: int) -> HttpResponse:
        self._check(request)
        try:
            deciding.claim(item_id=item_id, by_id=_who(request), now=clock.now())
        except DomainError as refusal:
            messages.error(request, refusal.sentence())
        return redirect("admin:core_item_change", item_id)

    def release(self, request: HttpRequest, item_id: int) -> HttpResponse:
        self._check(request)
        deciding.release(item_id=item_id, by_id=_who(request), now=clock.now())
        return redirect("admin:core_item_changelist")

    def decide(self, request: HttpRequest, item_id: int) -> HttpResponse:
        """One request decides this one and takes the next."""
        self._check(request)
        decision = request.POST.get("decision", "")
        if decision not in Decision.values:
            raise PermissionDenied
        reasons = [] if decision == Decision.APPROVED else screen.reasons_of(request.POST)
        if self._decided(request, item_id, decision, reasons):
            return self._to_next(request)
        item = self.get_object(request, str(item_id))
        if item is None:
            raise Http404
        return self._show(request, item, status=422)

    def _decided(
        self,
        request: HttpRequest,
        item_id: int,
        decision: str,
        reasons: list[dict[str, str]],
        *,
        quietly: bool = False,
    ) -> bool:
        try:
            item = deciding.decide(
                item_id=item_id,
                decision=decision,
                reasons=reasons,
                by_id=_who(request),
                by_name=screen.name_of(request.user),
                now=clock.now(),
            )
        except DomainError as refusal:
            if not quietly:
                messages.error(request, refusal.sentence())
            return False
        if not quietly:
            said = item.get_decision_display() or item.get_state_display()
            messages.success(request, f"{item.title}: {said}")
        return True

    def _to_next(self, request: HttpRequest) -> HttpResponse:
        item = deciding.claim_next(by_id=_who(request), now=clock.now())
        if item is None:
            messages.info(request, _("Nothing waits for you. Well done."))
            return redirect("admin:core_item_changelist")
        return redirect("admin:core_item_change", item.pk)

    def _show(self, request: HttpRequest, item: Item, status: int = 200) -> HttpResponse:
        now = clock.now()
        said = request.POST if request.method == "POST" else None
        shown = screen.show(item=item, now=now, by_id=_who(request), said=said)
        context = {
            **self.admin_site.each_context(request),
            **_WIDE,
            "title": item.title,
            "opts": self.opts,
            "screen": shown,
            "item": item,
            "may_decide": item.is_live and self.has_decide_permission(request),
            "is_mine": item.claimed_by_id == _who(request) and item.is_live,
            **shown.page.context,
        }
        with _staff_time():
            return render(request, "admin/core/item/review.html", context, status=status)

    def _check(self, request: HttpRequest) -> None:
        if not self.has_decide_permission(request):
            raise PermissionDenied


@admin.register(WorkingHours)
class WorkingHoursAdmin(Audited):
    list_display = ("weekday", "opens_at", "closes_at")


@admin.register(CalendarDay)
class CalendarDayAdmin(Audited, LargeTable):
    list_display = ("date", "name", "opens_at", "closes_at")
    exact_search = ("date",)


@admin.register(CannedReply)
class CannedReplyAdmin(Audited):
    list_display = ("title", "kind")


def _who(request: HttpRequest) -> int:
    return int(cast(Any, request.user).pk)


def _staff_time() -> Any:
    return timezone.override(ZoneInfo(settings.STAFF_TIME_ZONE))
