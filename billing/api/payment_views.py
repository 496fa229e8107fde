"""Where payment providers tell that something happened. The signature over the raw body is the
key."""

import logging

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from billing import payments
from billing.models import Order
from billing.services import notices
from smsplatform.core import clock

log = logging.getLogger(__name__)

LARGEST_BODY = 256 * 1024


@method_decorator(csrf_exempt, name="dispatch")
class StripeEvents(View):
    """200 once it is stored, also for what is no matter of ours: Stripe stops repeating it then.
    400 for what Stripe did not sign."""

    def post(self, request: HttpRequest) -> HttpResponse:
        method = Order.Method.STRIPE.value
        try:
            provider = payments.online(method)
        except KeyError:
            return HttpResponse(status=404)
        body = request.read(LARGEST_BODY + 1)
        signature = request.headers.get("Stripe-Signature", "")
        try:
            event = provider.read_event(body, signature)
        except payments.Forged:
            log.warning("an event that Stripe did not sign, from %s", request.META["REMOTE_ADDR"])
            return HttpResponse(status=400)
        if event:
            notices.store(provider=method, event=event, now=clock.now())
        return HttpResponse(status=200)
