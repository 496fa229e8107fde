"""What every REST view shares: the one exception handler, request ids, pagination."""

import logging
import random
import sys
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.defaults import page_not_found, server_error
from rest_framework import exceptions as drf
from rest_framework.response import Response
from rest_framework.views import set_rollback

from smsplatform.core import language
from smsplatform.core.errors import (
    DomainError,
    Internal,
    Invalid,
    NotFound,
    Problem,
    Unavailable,
    as_problem,
)

log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
API_PREFIX = "/api/"


class Unauthenticated(DomainError):
    code = "unauthenticated"
    status = 401
    message = _("Send your API key as: Authorization: Bearer <key>.")


class Forbidden(DomainError):
    code = "forbidden"
    status = 403
    message = _("This key or role may not do that.")


class MethodNotAllowed(DomainError):
    code = "method_not_allowed"
    status = 405
    message = _("This address does not take that method.")


class UnsupportedMediaType(DomainError):
    code = "unsupported_media_type"
    status = 415
    message = _("Send JSON, with Content-Type: application/json.")


class BadJson(DomainError):
    code = "json_invalid"
    status = 400
    message = _("The body is not valid JSON.")


class TooManyRequests(DomainError):
    code = "too_many_requests"
    status = 429
    message = _("Too many requests; wait for the seconds that Retry-After names.")


_KNOWN: list[tuple[type[Exception], type[DomainError]]] = [
    (drf.NotAuthenticated, Unauthenticated),
    (drf.AuthenticationFailed, Unauthenticated),
    (drf.PermissionDenied, Forbidden),
    (PermissionDenied, Forbidden),
    (drf.NotFound, NotFound),
    (Http404, NotFound),
    (drf.MethodNotAllowed, MethodNotAllowed),
    (drf.UnsupportedMediaType, UnsupportedMediaType),
    (drf.ParseError, BadJson),
    (drf.Throttled, TooManyRequests),
    (OperationalError, Unavailable),
    (InterfaceError, Unavailable),
]


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook: every refusal leaves as problem+json; the unexpected is logged, as a 500."""
    request = context.get("request")
    accept = request.headers.get("Accept-Language", "") if request else ""
    set_rollback()
    with translation.override(language.of_header(accept)):
        return respond(as_domain_error(error))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's hook for an address that nobody has: below the API it is a problem too."""
    if not request.path.startswith(API_PREFIX):
        return page_not_found(request, exception)
    return _told(request, NotFound())


def broken(request: HttpRequest) -> HttpResponse:
    """Django's hook for what nobody caught; without the database a page says to try again."""
    caught = sys.exc_info()[1]
    error = as_domain_error(caught) if isinstance(caught, Exception) else Internal()
    if request.path.startswith(API_PREFIX):
        return _told(request, error)
    if isinstance(error, Unavailable):
        page = render_to_string("503.html")
        return HttpResponse(page, status=error.status, headers=error.headers)
    return server_error(request)


def _told(request: HttpRequest, error: DomainError) -> HttpResponse:
    request_id = new_request_id()
    with translation.override(language.of_header(request.headers.get("Accept-Language", ""))):
        body = as_problem(error, request_id=request_id)
    headers = {**error.headers, "X-Request-Id": request_id}
    return JsonResponse(body, status=error.status, content_type=CONTENT_TYPE, headers=headers)


def log_failure(error: DomainError, request_id: str) -> None:
    if isinstance(error, Internal):
        log.error("request %s failed", request_id, exc_info=error.__cause__)
    elif isinstance(error, Unavailable) and error.__cause__:
        log.warning("request %s could not be served: %s", request_id, error.__cause__)


def respond(error: DomainError) -> Response:
    request_id = new_request_id()
    log_failure(error, request_id)
    headers = {**error.headers, "X-Request-Id": request_id}
    body = as_problem(error, request_id=request_id)
    return Response(body, status=error.status, headers=headers, content_type=CONTENT_TYPE)


def new_request_id() -> str:
    """To recognise a request by, not to keep a secret: no question to the kernel for each."""
    return f"{random.getrandbits(128):032x}"


def parse_uuid(text: str) -> UUID:
    """An id that is no id is simply not here."""
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound from error


def as_domain_error(error: Exception) -> DomainError:
    """What is told of it; its cause is for the log alone."""
    if isinstance(error, DomainError):
        return error
    if isinstance(error, drf.ValidationError):
        return _from_validation(error)
    known = (ours for kind, ours in _KNOWN if isinstance(error, kind))
    told = next(known, Internal)()
    told.__cause__ = error
    return told


def _from_validation(error: drf.ValidationError) -> DomainError:
    return Invalid(errors=list(_problems(error.get_full_details(), "")))


def _problems(details: Any, name: str) -> Iterator[Problem]:
    """Of fields within fields too: variables[1].type."""
    if isinstance(details, list):
        for index, one in enumerate(details):
            yield from _problems(one, name if _is_problem(one) else f"{name}[{index}]")
    elif _is_problem(details):
        yield Problem(str(details["code"]), str(details["message"]), name)
    else:
        for key, one in details.items():
            below = f"{name}[{key}]" if isinstance(key, int) else f"{name}.{key}".lstrip(".")
            yield from _problems(one, below)


def _is_problem(details: Any) -> bool:
    """A field may be called code, too: then that is no string."""
    return isinstance(details, dict) and isinstance(details.get("code"), str)
