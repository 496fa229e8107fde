"""Where HTTP carriers report what became of messages, and hand over what phones wrote.

The secret in the path is theirs alone.
"""

from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from messaging.carriers import http
from messaging.models import Carrier
from messaging.services import inbound, receipts
from smsplatform.core import clock

LARGEST_BODY = 64 * 1024


@method_decorator(csrf_exempt, name="dispatch")
class CarrierReceipt(View):
    """204 once it is stored: only then may the carrier forget it."""

    def post(self, request: HttpRequest, carrier_id: int, secret: str) -> HttpResponse:
        if not _is_theirs(carrier_id, secret):
            return HttpResponse(status=404)
        report = http.report(request.read(LARGEST_BODY))
        if report is None:
            return HttpResponse(status=400)
        receipts.store(carrier_id=carrier_id, reports=[report], now=clock.now())
        return HttpResponse(status=204)


@method_decorator(csrf_exempt, name="dispatch")
class CarrierInbound(View):
    """{"id", "from", "to", "text"}; 204 once it is stored, and a word that stops is obeyed."""

    def post(self, request: HttpRequest, carrier_id: int, secret: str) -> HttpResponse:
        if not _is_theirs(carrier_id, secret):
            return HttpResponse(status=404)
        arrival = http.inbound(request.read(LARGEST_BODY))
        if arrival is None:
            return HttpResponse(status=400)
        inbound.store(carrier_id=carrier_id, arrivals=[arrival], now=clock.now())
        return HttpResponse(status=204)


def _is_theirs(carrier_id: int, secret: str) -> bool:
    is_right = constant_time_compare(secret, http.callback_secret(carrier_id))
    return is_right and Carrier.objects.filter(pk=carrier_id).exists()
