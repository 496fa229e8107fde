"""Where HTTP carriers report what became of messages. The secret in the path is theirs alone."""

from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from messaging.carriers import http
from messaging.models import Carrier
from messaging.services import receipts
from smsplatform.core import clock

LARGEST_BODY = 64 * 1024


@method_decorator(csrf_exempt, name="dispatch")
class CarrierReceipt(View):
    """204 once it is stored: only then may the carrier forget it."""

    def post(self, request: HttpRequest, carrier_id: int, secret: str) -> HttpResponse:
        is_theirs = constant_time_compare(secret, http.callback_secret(carrier_id))
        if not is_theirs or not Carrier.objects.filter(pk=carrier_id).exists():
            return HttpResponse(status=404)
        report = http.report(request.read(LARGEST_BODY))
        if report is None:
            return HttpResponse(status=400)
        receipts.store(carrier_id=carrier_id, reports=[report], now=clock.now())
        return HttpResponse(status=204)
