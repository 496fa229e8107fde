"""Who may open which door: every address of the platform, and the key that it asks for.

An address that is missing here fails the build: say first who may go through it.
"""

from uuid import uuid4

from accounts.models import Scope
from accounts.services.permissions import Permission
from tests.architecture.doors import Door, Key, api, ours, theirs
from tests.architecture.money_door_keys import MONEY
from tests.architecture.strangers import (
    a_batch,
    a_carrier,
    a_document,
    a_link,
    a_member,
    a_message,
    a_qualification,
    a_signature,
    a_suppression,
    a_template,
    a_text,
    a_trial_number,
    an_api_key,
    an_api_qualification,
    an_endpoint,
    an_import,
    an_invitation,
    an_opened_country,
)

DOORS: dict[str, Door] = {
    **MONEY,
    # The portal.
    "": ours(Key.SESSION, "GET"),
    "messages/": ours(Key.SESSION, "GET", permission=Permission.MESSAGES_READ),
    "messages/<uuid:message_id>": ours(
        Key.SESSION, "GET", foreign=a_message, permission=Permission.MESSAGES_READ
    ),
    "messages/<uuid:message_id>/cancel": ours(
        Key.SESSION, "GET", "POST", foreign=a_message, permission=Permission.MESSAGES_SEND
    ),
    "batches/<uuid:batch_id>/cancel": ours(
        Key.SESSION, "GET", "POST", foreign=a_batch, permission=Permission.MESSAGES_SEND
    ),
    "signatures/": ours(Key.SESSION, "GET", permission=Permission.CONTENT_READ),
    "signatures/new": ours(Key.SESSION, "GET", "POST", permission=Permission.CONTENT_EDIT),
    "signatures/<uuid:signature_id>": ours(
        Key.SESSION, "GET", foreign=a_signature, permission=Permission.CONTENT_READ
    ),
    "signatures/<uuid:signature_id>/edit": ours(
        Key.SESSION, "GET", "POST", foreign=a_signature, permission=Permission.CONTENT_EDIT
    ),
    "signatures/<uuid:signature_id>/retire": ours(
        Key.SESSION, "GET", "POST", foreign=a_signature, permission=Permission.CONTENT_EDIT
    ),
    "signatures/<uuid:signature_id>/submit": ours(
        Key.SESSION, "POST", foreign=a_signature, permission=Permission.CONTENT_EDIT
    ),
    "signatures/<uuid:signature_id>/withdraw": ours(
        Key.SESSION, "POST", foreign=a_signature, permission=Permission.CONTENT_EDIT
    ),
    "templates/": ours(Key.SESSION, "GET", permission=Permission.CONTENT_READ),
    "templates/new": ours(Key.SESSION, "GET", "POST", permission=Permission.CONTENT_EDIT),
    "templates/preview": ours(Key.SESSION, "POST", permission=Permission.CONTENT_EDIT),
    "templates/<uuid:template_id>": ours(
        Key.SESSION, "GET", foreign=a_template, permission=Permission.CONTENT_READ
    ),
    "templates/<uuid:template_id>/languages/new": ours(
        Key.SESSION, "GET", "POST", foreign=a_template, permission=Permission.CONTENT_EDIT
    ),
    "templates/<uuid:template_id>/edit": ours(
        Key.SESSION, "GET", "POST", foreign=a_template, permission=Permission.CONTENT_EDIT
    ),
    "templates/<uuid:template_id>/retire": ours(
        Key.SESSION, "GET", "POST", foreign=a_template, permission=Permission.CONTENT_EDIT
    ),
    "templates/<uuid:template_id>/submit": ours(
        Key.SESSION, "POST", foreign=a_template, permission=Permission.CONTENT_EDIT
    ),
    "templates/<uuid:template_id>/withdraw": ours(
        Key.SESSION, "POST", foreign=a_template, permission=Permission.CONTENT_EDIT
    ),
    "imports/new": ours(Key.SESSION, "GET", "POST", permission=Permission.SUPPRESSION_EDIT),
    "imports/<uuid:import_id>": ours(
        Key.SESSION,
        "GET",
        "POST",
        foreign=an_import("suppressions"),
        permission=Permission.SUPPRESSION_EDIT,
    ),
    "imports/<uuid:import_id>/refused": ours(
        Key.SESSION,
        "GET",
        foreign=an_import("suppressions"),
        permission=Permission.SUPPRESSION_EDIT,
    ),
    "suppressions/": ours(Key.SESSION, "GET", permission=Permission.SUPPRESSION_READ),
    "suppressions/add": ours(Key.SESSION, "GET", "POST", permission=Permission.SUPPRESSION_EDIT),
    "suppressions/<uuid:suppression_id>/lift": ours(
        Key.SESSION, "GET", "POST", foreign=a_suppression, permission=Permission.SUPPRESSION_EDIT
    ),
    "countries/": ours(Key.SESSION, "GET", permission=Permission.MESSAGES_READ),
    "countries/open": ours(
        Key.SESSION, "GET", "POST", permission=Permission.COUNTRIES_EDIT, is_sensitive=True
    ),
    "countries/<str:country>/close": ours(
        Key.SESSION, "GET", "POST", foreign=an_opened_country, permission=Permission.COUNTRIES_EDIT
    ),
    "terms/": ours(Key.SESSION, "GET", "POST"),
    "terms/<slug:kind>": Door(Key.PUBLIC, {}, a_text, is_ours=False),
    "accounts/switch": ours(Key.SESSION, "POST"),
    "company/": ours(Key.SESSION, "GET"),
    "company/new": ours(Key.SESSION, "GET", "POST", permission=Permission.COMPANY_EDIT),
    "company/<uuid:public_id>": ours(Key.SESSION, "GET", foreign=a_qualification()),
    "company/<uuid:public_id>/step/<slug:step>": ours(
        Key.SESSION,
        "GET",
        "POST",
        foreign=a_qualification(step="company"),
        permission=Permission.COMPANY_EDIT,
    ),
    "company/<uuid:public_id>/documents/<uuid:document_id>/remove": ours(
        Key.SESSION,
        "POST",
        foreign=a_qualification(document_id=uuid4()),
        permission=Permission.COMPANY_EDIT,
    ),
    "company/<uuid:public_id>/phone": ours(
        Key.SESSION,
        "GET",
        "POST",
        foreign=a_qualification(),
        permission=Permission.COMPANY_EDIT,
    ),
    "company/<uuid:public_id>/submit": ours(
        Key.SESSION, "POST", foreign=a_qualification(), permission=Permission.COMPANY_EDIT
    ),
    "company/<uuid:public_id>/withdraw": ours(
        Key.SESSION, "POST", foreign=a_qualification(), permission=Permission.COMPANY_EDIT
    ),
    "company/<uuid:public_id>/nudge": ours(
        Key.SESSION, "POST", foreign=a_qualification(), permission=Permission.COMPANY_EDIT
    ),
    "company/<uuid:public_id>/revise": ours(
        Key.SESSION, "POST", foreign=a_qualification(), permission=Permission.COMPANY_EDIT
    ),
    "documents/<uuid:public_id>": ours(
        Key.SESSION, "GET", foreign=a_document, permission=Permission.COMPANY_READ
    ),
    "keys/": ours(Key.SESSION, "GET", permission=Permission.KEYS_MANAGE),
    "keys/new": ours(
        Key.SESSION, "GET", "POST", permission=Permission.KEYS_MANAGE, is_sensitive=True
    ),
    **{
        f"keys/<slug:prefix>/{deed}": ours(
            Key.SESSION,
            "GET",
            "POST",
            foreign=an_api_key,
            permission=Permission.KEYS_MANAGE,
            is_sensitive=True,
        )
        for deed in ("rotate", "revoke")
    },
    "trial-numbers/": ours(Key.SESSION, "GET", permission=Permission.KEYS_MANAGE),
    "trial-numbers/new": ours(Key.SESSION, "GET", "POST", permission=Permission.KEYS_MANAGE),
    "trial-numbers/code": ours(Key.SESSION, "GET", "POST", permission=Permission.KEYS_MANAGE),
    "trial-numbers/<uuid:number_id>/remove": ours(
        Key.SESSION, "GET", "POST", foreign=a_trial_number, permission=Permission.KEYS_MANAGE
    ),
    "members/": ours(Key.SESSION, "GET", permission=Permission.MEMBERS_MANAGE),
    "members/invite": ours(
        Key.SESSION, "GET", "POST", permission=Permission.MEMBERS_MANAGE, is_sensitive=True
    ),
    "members/leave": ours(Key.SESSION, "GET", "POST", is_sensitive=True),
    **{
        f"members/<uuid:member_id>/{deed}": ours(
            Key.SESSION,
            "GET",
            "POST",
            foreign=a_member,
            permission=Permission.MEMBERS_MANAGE,
            is_sensitive=True,
        )
        for deed in ("role", "remove")
    },
    **{
        f"members/invitations/<uuid:invitation_id>/{deed}": ours(
            Key.SESSION,
            *methods,
            foreign=an_invitation,
            permission=Permission.MEMBERS_MANAGE,
            is_sensitive=True,
        )
        for deed, methods in {"resend": ("POST",), "withdraw": ("GET", "POST")}.items()
    },
    "invitations/<str:token>": ours(Key.PUBLIC, "GET", "POST", foreign=a_link),
    "webhooks/": ours(Key.SESSION, "GET", permission=Permission.WEBHOOKS_MANAGE),
    "webhooks/new": ours(
        Key.SESSION, "GET", "POST", permission=Permission.WEBHOOKS_MANAGE, is_sensitive=True
    ),
    "webhooks/<uuid:endpoint_id>": ours(
        Key.SESSION, "GET", foreign=an_endpoint(), permission=Permission.WEBHOOKS_MANAGE
    ),
    **{
        f"webhooks/<uuid:endpoint_id>/{deed}": ours(
            Key.SESSION,
            *methods,
            foreign=an_endpoint(),
            permission=Permission.WEBHOOKS_MANAGE,
            is_sensitive=True,
        )
        for deed, methods in {
            **dict.fromkeys(("edit", "rotate", "pause", "remove"), ("GET", "POST")),
            "resume": ("POST",),
        }.items()
    },
    **{
        f"webhooks/<uuid:endpoint_id>/{deed}": ours(
            Key.SESSION,
            "POST",
            foreign=an_endpoint(),
            permission=Permission.WEBHOOKS_MANAGE,
        )
        for deed in ("test", "replay")
    },
    "webhooks/<uuid:endpoint_id>/deliveries/<uuid:delivery_id>/replay": ours(
        Key.SESSION,
        "POST",
        foreign=an_endpoint(delivery_id=uuid4()),
        permission=Permission.WEBHOOKS_MANAGE,
    ),
    "language": theirs(Key.PUBLIC),
    "theme": ours(Key.PUBLIC, "POST"),
    # Signing in.
    "accounts/login/": theirs(Key.PUBLIC),
    "accounts/logout/": theirs(Key.PUBLIC),
    "accounts/inactive/": theirs(Key.PUBLIC),
    "accounts/signup/": theirs(Key.PUBLIC),
    "accounts/reauthenticate/": theirs(Key.SESSION),
    "accounts/email/": theirs(Key.SESSION),
    "accounts/confirm-email/": theirs(Key.PUBLIC),
    "accounts/password/change/": theirs(Key.SESSION),
    "accounts/password/set/": theirs(Key.SESSION),
    "accounts/password/reset/": theirs(Key.PUBLIC),
    "accounts/password/reset/done/": theirs(Key.PUBLIC),
    "accounts/password/reset/key/done/": theirs(Key.PUBLIC),
    r"accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": theirs(
        Key.PUBLIC, uidb36="1", key="guessed"
    ),
    "accounts/login/code/confirm/": theirs(Key.PUBLIC),
    # What guards the way in.
    "security": theirs(Key.SESSION),
    "security/phone": theirs(Key.SESSION),
    "security/phone/code": theirs(Key.SESSION),
    "accounts/2fa/": theirs(Key.SESSION),
    "accounts/2fa/authenticate/": theirs(Key.PUBLIC),
    "accounts/2fa/reauthenticate/": theirs(Key.SESSION),
    "accounts/2fa/totp/activate/": theirs(Key.SESSION),
    "accounts/2fa/totp/deactivate/": theirs(Key.SESSION),
    "accounts/2fa/recovery-codes/": theirs(Key.SESSION),
    "accounts/2fa/recovery-codes/generate/": theirs(Key.SESSION),
    "accounts/2fa/recovery-codes/download/": theirs(Key.SESSION),
    "accounts/2fa/webauthn/": theirs(Key.SESSION),
    "accounts/2fa/webauthn/add/": theirs(Key.SESSION),
    "accounts/2fa/webauthn/reauthenticate/": theirs(Key.SESSION),
    "accounts/2fa/webauthn/keys/<int:pk>/remove/": theirs(Key.SESSION, pk=1),
    "accounts/2fa/webauthn/keys/<int:pk>/edit/": theirs(Key.SESSION, pk=1),
    "accounts/2fa/webauthn/login/": theirs(Key.PUBLIC),
    "accounts/sessions/": theirs(Key.SESSION),
    # The REST API.
    "api/v1/messages": api(GET=Scope.READ, POST=Scope.SEND),
    "api/v1/messages/estimate": api(POST=Scope.SEND),
    "api/v1/messages/<str:message_id>": api(a_message, GET=Scope.READ),
    "api/v1/messages/<str:message_id>/cancel": api(a_message, POST=Scope.SEND),
    "api/v1/batches/<str:batch_id>": api(a_batch, GET=Scope.READ),
    "api/v1/batches/<str:batch_id>/cancel": api(a_batch, POST=Scope.SEND),
    "api/v1/signatures": api(GET=Scope.TEMPLATES_READ, POST=Scope.TEMPLATES_WRITE),
    "api/v1/signatures/<str:signature_id>": api(
        a_signature,
        GET=Scope.TEMPLATES_READ,
        PUT=Scope.TEMPLATES_WRITE,
        DELETE=Scope.TEMPLATES_WRITE,
    ),
    "api/v1/signatures/<str:signature_id>/submit": api(a_signature, POST=Scope.TEMPLATES_WRITE),
    "api/v1/signatures/<str:signature_id>/withdraw": api(a_signature, POST=Scope.TEMPLATES_WRITE),
    "api/v1/templates": api(GET=Scope.TEMPLATES_READ, POST=Scope.TEMPLATES_WRITE),
    "api/v1/templates/check": api(POST=Scope.TEMPLATES_READ),
    "api/v1/templates/<str:template_id>": api(
        a_template,
        GET=Scope.TEMPLATES_READ,
        PUT=Scope.TEMPLATES_WRITE,
        DELETE=Scope.TEMPLATES_WRITE,
    ),
    "api/v1/templates/<str:template_id>/submit": api(a_template, POST=Scope.TEMPLATES_WRITE),
    "api/v1/templates/<str:template_id>/withdraw": api(a_template, POST=Scope.TEMPLATES_WRITE),
    "api/v1/qualifications": api(GET=Scope.QUALIFICATIONS_READ, POST=Scope.QUALIFICATIONS_WRITE),
    "api/v1/qualifications/<str:qualification_id>": api(
        an_api_qualification(),
        GET=Scope.QUALIFICATIONS_READ,
        PATCH=Scope.QUALIFICATIONS_WRITE,
    ),
    "api/v1/qualifications/<str:qualification_id>/documents": api(
        an_api_qualification(), POST=Scope.QUALIFICATIONS_WRITE
    ),
    "api/v1/qualifications/<str:qualification_id>/documents/<str:document_id>": api(
        an_api_qualification(document_id=uuid4()), DELETE=Scope.QUALIFICATIONS_WRITE
    ),
    **{
        f"api/v1/qualifications/<str:qualification_id>/{deed}": api(
            an_api_qualification(), POST=Scope.QUALIFICATIONS_WRITE
        )
        for deed in ("submit", "withdraw", "nudge", "revise", "phone/code", "phone/proof")
    },
    "api/v1/trial-numbers": api(GET=Scope.TRIAL_NUMBERS, POST=Scope.TRIAL_NUMBERS),
    "api/v1/trial-numbers/proof": api(POST=Scope.TRIAL_NUMBERS),
    "api/v1/trial-numbers/<str:number_id>": api(a_trial_number, DELETE=Scope.TRIAL_NUMBERS),
    "api/v1/suppressions": api(GET=Scope.SUPPRESSIONS_READ, POST=Scope.SUPPRESSIONS_WRITE),
    "api/v1/suppressions/<str:suppression_id>/lift": api(
        a_suppression, POST=Scope.SUPPRESSIONS_WRITE
    ),
    **{
        f"api/v1/{what}/{route}": api(
            an_import(what) if foreign else None, **{method: scopes[method]}
        )
        for what, scopes in (
            ("suppressions", {"GET": Scope.SUPPRESSIONS_READ, "POST": Scope.SUPPRESSIONS_WRITE}),
            ("consents", {"GET": Scope.CONSENTS_READ, "POST": Scope.CONSENTS_WRITE}),
        )
        for route, method, foreign in (
            ("imports", "POST", False),
            ("imports/<str:import_id>", "GET", True),
            ("imports/<str:import_id>/apply", "POST", True),
            ("imports/<str:import_id>/refused", "GET", True),
        )
    },
    "api/v1/consents": api(GET=Scope.CONSENTS_READ, POST=Scope.CONSENTS_WRITE),
    "api/schema": theirs(Key.PUBLIC),
    "api/docs": theirs(Key.PUBLIC),
    # Carriers.
    "carriers/<int:carrier_id>/receipts/<str:secret>": ours(Key.SECRET, "POST", foreign=a_carrier),
    "carriers/<int:carrier_id>/inbound/<str:secret>": ours(Key.SECRET, "POST", foreign=a_carrier),
    # The staff's desk; its models are in desk_rights.
    "staff/components": ours(Key.STAFF, "GET", "POST"),
    "staff/reviews": ours(Key.STAFF, "GET", "POST"),
    "staff/accounts/<int:account_id>/standing": ours(
        Key.STAFF, "GET", "POST", foreign=lambda: {"account_id": 0}
    ),
    "staff/": theirs(Key.STAFF),
    "staff/login/": theirs(Key.PUBLIC),
    "staff/logout/": theirs(Key.PUBLIC),
    # Leads to the one page where everybody changes theirs.
    "staff/password_change/": theirs(Key.PUBLIC),
    "staff/password_change/done/": theirs(Key.STAFF),
    "staff/autocomplete/": theirs(Key.STAFF),
    "staff/jsi18n/": theirs(Key.STAFF),
    "staff/r/<path:content_type_id>/<path:object_id>/": theirs(
        Key.STAFF, content_type_id="1", object_id="1"
    ),
}
