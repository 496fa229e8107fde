"""The line that sends somebody's first message, made of what their account may say."""

import json
import shlex
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from accounts.models import Account
from smsplatform.core.text import numbers
from templates_app.models import Signature, Template
from templates_app.services import catalogue, variables
from templates_app.states import ReviewState


def write(*, request: HttpRequest, account: Account) -> str:
    address = request.build_absolute_uri(reverse("api-messages"))
    request_body = {"to": numbers.example(account.country), **_words(account)}
    body = json.dumps(request_body, ensure_ascii=False)
    return (
        f"curl {address} \\\n"
        '  -H "Authorization: Bearer $API_KEY" \\\n'
        '  -H "Content-Type: application/json" \\\n'
        f"  -d {shlex.quote(body)}"
    )


def _words(account: Account) -> dict[str, Any]:
    approved = {"account": account, "state": ReviewState.APPROVED}
    signature = Signature.objects.filter(**approved).order_by("id").first()
    template = Template.objects.filter(**approved).order_by("id").first()
    words = {"signature": signature.text} if signature else {}
    if template is None:
        return {"text": "Hello from our new SMS platform.", **words}
    params = variables.samples(catalogue.variables_of(template))
    return {"template": template.code, "params": params, **words}
