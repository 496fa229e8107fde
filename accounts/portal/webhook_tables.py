"""Webhook endpoints and what they were told, as lists show it."""

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import WebhookDelivery, WebhookEndpoint
from accounts.services.endpoints import BOTH_VALID
from smsplatform.components import Column, Empty, Fact, Tab, Table

SHOWN = ("latest", "waiting", "given-up")

_WHY_OFF: dict[str, Promise] = {
    "paused": gettext_lazy("Somebody of your account paused it."),
    "answered 410 Gone": gettext_lazy("Your server answered 410: it asked for silence."),
}
_ERRORS: dict[str, Promise] = {
    "timeout": gettext_lazy("no answer in ten seconds"),
    "disconnected": gettext_lazy("hung up before it answered"),
    "malformed_answer": gettext_lazy("its answer was no HTTP"),
    "address_denied": gettext_lazy("its name leads to a private address"),
    "dns_failed": gettext_lazy("its name is not known"),
    "connect_failed": gettext_lazy("nobody listens there"),
    "connect_timeout": gettext_lazy("could not be reached in five seconds"),
    "certificate": gettext_lazy("its certificate is not valid"),
    "tls_failed": gettext_lazy("no safe connection could be made"),
    "secret_unreadable": gettext_lazy("its secret cannot be read; make a new one"),
}


def state_of(endpoint: WebhookEndpoint) -> tuple[str, str]:
    """Its word, and what is read."""
    if endpoint.disabled_at is not None:
        return "disabled", _("paused")
    if endpoint.failures > 1:
        return "failed", _("does not answer")
    return "active", _("on")


def why_off(endpoint: WebhookEndpoint) -> str:
    if endpoint.disabled_at is None:
        return ""
    return str(_WHY_OFF.get(endpoint.disabled_reason, endpoint.disabled_reason))


def facts_of(endpoint: WebhookEndpoint, now: Any) -> list[Fact]:
    ends = [one["until"] for one in endpoint.old_secrets if one["until"] > now.timestamp()]
    old = _("the one before is signed with too, until a day after the change") if ends else ""
    return [
        Fact(_("Address"), endpoint.url, is_wide=True),
        Fact(_("Is told"), ", ".join(endpoint.kinds) or _("everything"), is_wide=True),
        Fact(_("Events in one post"), endpoint.most_per_post),
        Fact(_("Failures in a row"), endpoint.failures),
        Fact(_("Secret"), old or _("one, known to you and the platform")),
    ]


def endpoints(rows: list[WebhookEndpoint]) -> Table:
    return Table(
        caption=_("Webhooks"),
        columns=(Column(_("Address")), Column(_("State")), Column(_("What it is told"))),
        rows=[{"endpoint": row, "state": state_of(row)} for row in rows],
        row_template="accounts/webhooks/row.html",
        empty=Empty(
            _("No webhooks yet"),
            _("A webhook tells your server what became of each message, the moment it is known."),
            reverse("webhook-new"),
            _("Add an endpoint"),
            steps=(
                _("Make an address on your server that takes a POST and answers 200."),
                _("Add it here and keep the secret that is shown once."),
                _("Send it a test event, and check the signature as the guide says."),
            ),
        ),
    )


def tabs(endpoint: WebhookEndpoint, shown: str) -> list[Tab]:
    here = reverse("webhook-detail", args=[endpoint.public_id])
    labels = (_("Latest"), _("Waiting"), _("Given up"))
    return [
        Tab(label, f"{here}?shown={word}", is_current=word == shown)
        for word, label in zip(SHOWN, labels, strict=True)
    ]


def deliveries(rows: list[WebhookDelivery], shown: str, next_cursor: str = "") -> Table:
    return Table(
        caption=_("What it was told"),
        columns=(
            Column(_("Event")),
            Column(_("State")),
            Column(_("Tries"), is_figure=True),
            Column(_("Last answer")),
            Column(_("When")),
            Column(""),
        ),
        rows=[{"delivery": row, "answer": answer_of(row)} for row in rows],
        row_template="accounts/webhooks/delivery_row.html",
        empty=_nothing(shown),
        next_cursor=next_cursor,
    )


def answer_of(delivery: WebhookDelivery) -> str:
    """The code; never the body, which would show our customers what stands behind a name."""
    if delivery.last_error:
        return str(_ERRORS.get(delivery.last_error, delivery.last_error))
    return str(delivery.last_status or "")


def _nothing(shown: str) -> Empty:
    if shown == "waiting":
        return Empty(_("Nothing waits"), _("Whatever was to be told has been told or given up."))
    if shown == "given-up":
        return Empty(
            _("Nothing was given up"),
            _("After ten tries in three days an event is given up; you could send it again here."),
        )
    return Empty(
        _("Nothing was told lately"),
        _("Send a test event, or a message, and see here how your server answers."),
    )


def hours_both_valid() -> int:
    return BOTH_VALID // timedelta(hours=1)
