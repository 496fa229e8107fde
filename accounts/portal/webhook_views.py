"""Webhooks in the portal: where events are told, how that goes, and what is told again."""

from typing import Any
from uuid import UUID

from django.contrib import messages as flashes
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import queries
from accounts.models import WebhookEndpoint
from accounts.portal import webhook_tables
from accounts.portal.webhook_forms import WebhookForm
from accounts.services import endpoints, retelling
from accounts.services.permissions import Permission
from accounts.states import DeliveryState
from smsplatform.components import Question
from smsplatform.core import clock
from smsplatform.core.errors import DomainError
from smsplatform.listing import PAGE, Sorting, cut
from smsplatform.portal import AskingView, MemberView, blame


class WebhookList(MemberView):
    permission = Permission.WEBHOOKS_MANAGE
    page = "accounts/webhooks/list.html"

    def get(self, _request: HttpRequest) -> HttpResponse:
        rows = list(endpoints.living(self.member.account).order_by("id"))
        return self.show(table=webhook_tables.endpoints(rows))


class WebhookNew(MemberView):
    permission = Permission.WEBHOOKS_MANAGE
    is_sensitive = True
    page = "accounts/webhooks/edit.html"

    def get(self, _request: HttpRequest) -> HttpResponse:
        return self.show(form=WebhookForm())

    def post(self, request: HttpRequest) -> HttpResponseBase:
        form = WebhookForm(request.POST)
        if not form.is_valid():
            return self.show(form=form)
        try:
            endpoint, secret = endpoints.add(
                account=self.member.account,
                wish=form.wish(),
                by=self.member.membership,
                now=clock.now(),
            )
        except DomainError as refusal:
            blame(form, refusal)
            return self.show(form=form)
        self.page = "accounts/webhooks/secret.html"
        return self.show(endpoint=endpoint, secret=secret)


class OfEndpoint(AskingView):
    permission = Permission.WEBHOOKS_MANAGE

    def find(self, endpoint_id: UUID) -> WebhookEndpoint:
        found = queries.endpoint(account=self.member.account, public_id=endpoint_id)
        if found is None:
            raise Http404
        return found

    def act(self, endpoint: WebhookEndpoint) -> dict[str, Any]:
        return {"endpoint": endpoint, "by": self.member.membership, "now": clock.now()}


class WebhookDetail(OfEndpoint):
    page = "accounts/webhooks/detail.html"
    part = "accounts/webhooks/deliveries.html"

    def get(self, request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
        endpoint, now = self.find(endpoint_id), clock.now()
        shown = request.GET.get("shown", "")
        shown = shown if shown in webhook_tables.SHOWN else webhook_tables.SHOWN[0]
        rows, cursor = _deliveries(endpoint, shown, request.GET.get("cursor"))
        return self.show(
            endpoint=endpoint,
            state=webhook_tables.state_of(endpoint),
            why_off=webhook_tables.why_off(endpoint),
            facts=webhook_tables.facts_of(endpoint, now),
            tabs=webhook_tables.tabs(endpoint, shown),
            table=webhook_tables.deliveries(rows, shown, cursor),
            shown=shown,
            is_moving=shown == "latest"
            and any(row.state == DeliveryState.PENDING and row.tries < 2 for row in rows),
        )


class WebhookEdit(OfEndpoint):
    is_sensitive = True
    page = "accounts/webhooks/edit.html"
    part = ""

    def get(self, _request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
        endpoint = self.find(endpoint_id)
        return self.show(form=WebhookForm(endpoint=endpoint), endpoint=endpoint)

    def post(self, request: HttpRequest, endpoint_id: UUID) -> HttpResponseBase:
        endpoint, form = self.find(endpoint_id), WebhookForm(request.POST)
        if not form.is_valid():
            return self.show(form=form, endpoint=endpoint)
        try:
            endpoints.change(wish=form.wish(), **self.act(endpoint))
        except DomainError as refusal:
            blame(form, refusal)
            return self.show(form=form, endpoint=endpoint)
        flashes.success(request, _("The endpoint is changed."))
        return redirect("webhook-detail", endpoint_id)


class WebhookRotate(OfEndpoint):
    is_sensitive = True

    def get(self, _request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
        self.find(endpoint_id)
        hours = webhook_tables.hours_both_valid()
        text = _(
            "It is shown once. For %d hours posts carry the signatures of both, so that you can"
            " change over without losing any."
        )
        return self.ask(
            Question(
                title=_("Make a new secret?"),
                text=text % hours,
                action=_("Make a new secret"),
                back=reverse("webhook-detail", args=[endpoint_id]),
                is_danger=False,
            )
        )

    def post(self, _request: HttpRequest, endpoint_id: UUID) -> HttpResponseBase:
        endpoint = self.find(endpoint_id)
        secret = endpoints.rotate(**self.act(endpoint))
        self.page, self.part = "accounts/webhooks/secret.html", ""
        return self.show(endpoint=endpoint, secret=secret)


class WebhookPause(OfEndpoint):
    is_sensitive = True

    def get(self, _request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
        self.find(endpoint_id)
        return self.ask(
            Question(
                title=_("Pause this endpoint?"),
                text=_(
                    "Nothing is told until you resume it. What waits already is told then; what"
                    " happens meanwhile is not: read it in the portal or by the API."
                ),
                action=_("Pause"),
                back=reverse("webhook-detail", args=[endpoint_id]),
            )
        )

    def post(self, request: HttpRequest, endpoint_id: UUID) -> HttpResponseBase:
        endpoints.pause(**self.act(self.find(endpoint_id)))
        flashes.success(request, _("The endpoint is paused."))
        return redirect("webhook-detail", endpoint_id)


class WebhookResume(OfEndpoint):
    is_sensitive = True

    def post(self, request: HttpRequest, endpoint_id: UUID) -> HttpResponseBase:
        endpoints.resume(**self.act(self.find(endpoint_id)))
        flashes.success(request, _("The endpoint is on again."))
        return redirect("webhook-detail", endpoint_id)


class WebhookRemove(OfEndpoint):
    is_sensitive = True

    def get(self, _request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
        self.find(endpoint_id)
        return self.ask(
            Question(
                title=_("Remove this endpoint?"),
                text=_("What it still waits for is never told, and its secret is of no more use."),
                action=_("Remove the endpoint"),
                back=reverse("webhook-detail", args=[endpoint_id]),
            )
        )

    def post(self, request: HttpRequest, endpoint_id: UUID) -> HttpResponseBase:
        endpoints.remove(**self.act(self.find(endpoint_id)))
        flashes.success(request, _("The endpoint is removed."))
        return redirect("webhook-list")


class WebhookTest(OfEndpoint):
    def post(self, request: HttpRequest, endpoint_id: UUID) -> HttpResponseBase:
        try:
            retelling.send_test(**self.act(self.find(endpoint_id)))
        except DomainError as refusal:
            flashes.error(request, refusal.sentence())
        else:
            flashes.success(request, _("A test event is on its way; see below how it is answered."))
        return redirect("webhook-detail", endpoint_id)


class WebhookReplay(OfEndpoint):
    """Of one delivery, or of all that was given up."""

    def post(
        self, request: HttpRequest, endpoint_id: UUID, delivery_id: UUID | None = None
    ) -> HttpResponseBase:
        which = None if delivery_id is None else [delivery_id]
        try:
            count = retelling.replay(delivery_ids=which, **self.act(self.find(endpoint_id)))
        except DomainError as refusal:
            flashes.error(request, refusal.sentence())
        else:
            told = ngettext("%d event is sent again.", "%d events are sent again.", count) % count
            flashes.success(request, told)
        return redirect("webhook-detail", endpoint_id)


def _deliveries(endpoint: WebhookEndpoint, shown: str, cursor: str | None) -> tuple[list[Any], str]:
    if shown == "latest":
        return queries.latest_deliveries(endpoint=endpoint, limit=PAGE), ""
    state = DeliveryState.DEAD if shown == "given-up" else DeliveryState.PENDING
    sorting = Sorting("id", is_down=True) if shown == "given-up" else Sorting("due_at", False)
    found = cut(queries.deliveries(endpoint=endpoint, state=state), sorting=sorting, cursor=cursor)
    return found.rows, found.next_cursor
