"""What every door to the API shares: who is calling, and may they."""

from datetime import datetime
from typing import Any, cast

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models import Document
from accounts.services import documents, keys
from accounts.services.keys import KeyFacts
from accounts.states import AccountState
from smsplatform.core import address, clock
from smsplatform.core.errors import DomainError


class KeyMissing(DomainError):
    code = "key_missing"
    status = 401
    message = _("Send your API key as: Authorization: Bearer <key>.")


class KeyUnknown(DomainError):
    code = "key_unknown"
    status = 401
    message = _("This API key is not known here, or was mistyped.")


class KeyRevoked(DomainError):
    code = "key_revoked"
    status = 401
    message = _("This API key was revoked or has expired; use a current one.")


class ScopeMissing(DomainError):
    code = "scope_missing"
    status = 403
    message = _("This API key lacks the scope {scope}; use a key that has it.")


class AddressNotAllowed(DomainError):
    code = "address_not_allowed"
    status = 403
    message = _("This API key may not be used from {address}; see its IP list.")


class AccountClosed(DomainError):
    """Its code says how: account_suspended, account_frozen or account_closed."""

    status = 403
    message = _(
        "This account is {state}, and its keys do nothing but read. The reason is in the portal and"
        " in the mail to its owners."
    )

    def __init__(self, state: str) -> None:
        super().__init__(state=AccountState(state).label)
        self.code = f"account_{state}"


class AccountNotLive(DomainError):
    code = "account_not_live"
    status = 403
    message = _(
        "This account may not send yet: finish the qualification of your company in the portal,"
        " and our staff will look at it."
    )


def authenticate(*, authorization: str, address: str, now: datetime) -> KeyFacts:
    """The key behind an Authorization header, or a 401 or 403 that says what is wrong with it."""
    scheme, _space, text = authorization.partition(" ")
    if scheme.lower() != "bearer" or not text:
        raise KeyMissing
    text = text.strip()
    key = keys.find(text) if keys.is_well_formed(text) else None
    if key is None:
        raise KeyUnknown
    if key.is_revoked or (key.expires_at is not None and key.expires_at <= now):
        raise KeyRevoked
    if not key.admits(address):
        raise AddressNotAllowed(address=address)
    return key


def require(key: KeyFacts, scope: str) -> None:
    if scope not in key.scopes:
        raise ScopeMissing(scope=str(scope))


def key_of(request: Request) -> KeyFacts:
    """The key that `BearerKey` let in."""
    return cast(KeyFacts, request.auth)


class Caller:
    """What DRF calls a user: a key that has been let in."""

    is_authenticated = True

    def __init__(self, key: KeyFacts) -> None:
        self.pk = key.key_id


class BearerKey(BaseAuthentication):
    """`request.auth` is the KeyFacts. Cookies mean nothing here."""

    def authenticate(self, request: Request) -> tuple[Any, KeyFacts]:
        now = clock.now()
        key = authenticate(
            authorization=request.headers.get("Authorization", ""),
            address=address.of_caller(
                peer=request.META.get("REMOTE_ADDR", ""),
                forwarded_for=request.headers.get("X-Forwarded-For", ""),
            ),
            now=now,
        )
        keys.note_use([key.key_id], now=now)
        return Caller(key), key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class BearerKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the API's description tells it. Being imported is enough."""

    target_class = BearerKey
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


def document_response(document: Document) -> HttpResponse:
    """A stranger's file on its way to a reader: never run, never kept, never taken for a page.
    NotFound for one that has not been checked."""
    response = HttpResponse(documents.read(document), content_type=document.media_type)
    name = documents.shown_name(document)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


class HasScope(BasePermission):
    """The view names its `scope`."""

    def has_permission(self, request: Request, view: Any) -> bool:
        require(key_of(request), view.scope)
        return True
