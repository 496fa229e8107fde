"""What a webhook endpoint shall be."""

from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import MOST_PER_POST, WebhookEndpoint
from accounts.services.endpoints import Wish

# What may be told, by the app that tells it. What is not listed goes to who wants every kind.
KINDS: dict[str, Promise] = {
    "message.delivered": _("a message was delivered"),
    "message.undelivered": _("a message was not delivered"),
    "message.no_receipt": _("no receipt came for a message"),
    "message.failed": _("no carrier took a message"),
    "message.expired": _("a message expired before it left"),
    "message.rejected": _("a message was rejected by a review"),
    "message.cancelled": _("a message was cancelled"),
    "message.violation": _("a reviewer found that a message breaks the rules"),
    "batch.passed": _("a reviewer let a held request go"),
    "batch.rejected": _("a reviewer rejected a held request"),
    "message.received": _("a phone wrote back"),
    "recipient.opted_out": _("a recipient wants no more messages"),
    "recipient.opted_in": _("a recipient wants messages again"),
    "signature.approved": _("a signature was approved"),
    "signature.rejected": _("a signature was rejected"),
    "signature.suspended": _("a signature was suspended"),
    "signature.resumed": _("a signature may be used again"),
    "signature.withdrawn": _("a signature was withdrawn"),
    "template.approved": _("a template was approved"),
    "template.rejected": _("a template was rejected"),
    "template.suspended": _("a template was suspended"),
    "template.resumed": _("a template may be used again"),
    "template.withdrawn": _("a template was withdrawn"),
    "account.suspended": _("the account was suspended"),
    "account.frozen": _("the account was frozen"),
    "account.resumed": _("the account may send again"),
    "qualification.approved": _("the company's papers were approved"),
    "qualification.needs_more": _("the company's papers need something more"),
    "qualification.rejected": _("the company's papers were rejected"),
    "qualification.ending": _("the company's papers end soon"),
    "qualification.expired": _("the company's papers have ended"),
    "order.paid": _("an order was paid and credited"),
    "order.reversed": _("a payment was taken back, or came again after that"),
    "invoice.issued": _("an invoice was written"),
    "invoice.overdue": _("an invoice is overdue"),
}


class WebhookForm(forms.Form):
    url = forms.CharField(
        label=_("Address"),
        max_length=2048,
        help_text=_("Your server is called there, such as https://example.com/sms-events."),
        widget=forms.TextInput({"inputmode": "url", "autocomplete": "off"}),
    )
    kinds = forms.MultipleChoiceField(
        label=_("What it is told"),
        required=False,
        help_text=_("Tick none, and it is told everything, also what is added later."),
        choices=lambda: [
            (kind, f"{capfirst(str(label))} ({kind})") for kind, label in KINDS.items()
        ],
        widget=forms.CheckboxSelectMultiple,
    )
    most_per_post = forms.IntegerField(
        label=_("Events in one post, at most"),
        min_value=1,
        max_value=MOST_PER_POST,
        initial=1,
        help_text=_("With more than one, every post is an envelope with a list of events."),
    )

    def __init__(self, data: Any = None, *, endpoint: WebhookEndpoint | None = None) -> None:
        initial = {}
        if endpoint is not None:
            names = ("url", "kinds", "most_per_post")
            initial = {name: getattr(endpoint, name) for name in names}
        super().__init__(data, label_suffix="", initial=initial)

    def wish(self) -> Wish:
        return Wish(**self.cleaned_data)
