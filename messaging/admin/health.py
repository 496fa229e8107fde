"""How carriers are, and what a person decides of their unknown outcomes."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from messaging.models import Health
from messaging.services import health
from smsplatform.core import clock
from smsplatform.core.admin import ReadOnly


@admin.register(Health)
class HealthAdmin(ReadOnly):
    list_display = ("carrier", "circuit", "changed_at", "resends", "resends_at", "reason")
    list_filter = ("circuit", "resends")
    list_select_related = ("carrier",)
    ordering = ("carrier_id",)
    actions = ("send_once_more", "give_up", "hold")

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("messaging.change_health")

    @admin.action(
        description=_("Unknown outcomes: send once more, and go on so"), permissions=["decide"]
    )
    def send_once_more(self, request: HttpRequest, queryset: QuerySet[Health]) -> None:
        self._decide(request, queryset, Health.Resends.AUTOMATIC)

    @admin.action(
        description=_("Unknown outcomes: give up and refund, and go on so"), permissions=["decide"]
    )
    def give_up(self, request: HttpRequest, queryset: QuerySet[Health]) -> None:
        self._decide(request, queryset, Health.Resends.FAIL)

    @admin.action(description=_("Unknown outcomes: hold them"), permissions=["decide"])
    def hold(self, request: HttpRequest, queryset: QuerySet[Health]) -> None:
        self._decide(request, queryset, Health.Resends.HELD)

    def _decide(self, request: HttpRequest, queryset: QuerySet[Health], resends: str) -> None:
        carrier_ids = list(queryset.values_list("carrier_id", flat=True))
        for carrier_id in carrier_ids:
            health.decide_resends(
                carrier_id=carrier_id,
                resends=resends,
                actor=f"user:{request.user.pk}",
                now=clock.now(),
            )
        decided = len(carrier_ids)
        self.message_user(
            request, ngettext("%d carrier decided.", "%d carriers decided.", decided) % decided
        )
