"""Read-only questions about people and companies."""

from collections.abc import Collection
from contextlib import AbstractContextManager
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils import translation

from accounts.models import (
    Acceptance,
    Account,
    ApiKey,
    DeliveryQuerySet,
    Document,
    ForAccountQuerySet,
    Invitation,
    InvitationQuerySet,
    Membership,
    Project,
    Qualification,
    Role,
    TermsVersion,
    User,
    WebhookDelivery,
    WebhookEndpoint,
)
from accounts.states import DeliveryState
from smsplatform.core import review


def memberships(*, user: User) -> list[Membership]:
    """Where the user belongs, each with its account; first where they joined first. `owes_terms`
    where its account agreed to older terms, and not yet to those in force."""
    found = Membership.objects.filter(user=user).select_related("account")
    return list(found.annotate(owes_terms=_owes_terms()).order_by("id"))


def _owes_terms() -> Exists:
    """An account that our staff opened has agreed to nothing here; on paper, perhaps."""
    accepted = Acceptance.objects.filter(account=OuterRef(OuterRef("account")), binds_account=True)
    current = TermsVersion.objects.filter(pk__in=TermsVersion.objects.in_force().values("pk"))
    same_kind = accepted.filter(version__kind=OuterRef("kind"))
    same = accepted.filter(version=OuterRef("pk"))
    return Exists(current.filter(Exists(same_kind), ~Exists(same)))


def language_of(account_id: int) -> AbstractContextManager[None]:
    """What its first owner reads, made active: for words that go to its systems."""
    owners = Membership.objects.for_account(account_id).filter(
        role=Role.OWNER, user__is_active=True
    )
    found = owners.order_by("id").values_list("user__language", flat=True).first()
    return translation.override(found or settings.LANGUAGE_CODE)


def members(*, account: Account, roles: Collection[str]) -> list[Membership]:
    """Who is active in one of these roles, each with its user; first who joined first."""
    rows = Membership.objects.for_account(account).filter(role__in=roles, user__is_active=True)
    return list(rows.select_related("user").order_by("id"))


def everybody(*, account: Account) -> list[Membership]:
    """Each with its user and `has_second_factor`; first who joined first."""
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    factors = Authenticator.objects.filter(user=OuterRef("user"), type__in=kinds)
    rows = Membership.objects.for_account(account).select_related("user")
    return list(rows.annotate(has_second_factor=Exists(factors)).order_by("id"))


def member(*, account: Account, public_id: UUID) -> Membership | None:
    rows = Membership.objects.for_account(account).select_related("user", "account")
    found: Membership | None = rows.filter(public_id=public_id).first()
    return found


def invitations(*, account: Account) -> InvitationQuerySet:
    """Those that wait, newest first; some may have run out."""
    rows: InvitationQuerySet = Invitation.objects.for_account(account).waiting()
    return rows.order_by("-id")


def api_keys(*, account: Account) -> ForAccountQuerySet:
    """With what a list of them shows."""
    return ApiKey.objects.for_account(account).select_related("project")


def projects(*, account: Account) -> list[Project]:
    return list(Project.objects.for_account(account).order_by("id"))


def endpoint(*, account: Account, public_id: UUID) -> WebhookEndpoint | None:
    rows = WebhookEndpoint.objects.for_account(account).select_related("account")
    found: WebhookEndpoint | None = rows.filter(public_id=public_id, removed_at=None).first()
    return found


def deliveries(*, endpoint: WebhookEndpoint, state: DeliveryState) -> DeliveryQuerySet:
    """What waits, or was given up: an index holds these two and no others."""
    rows: DeliveryQuerySet = WebhookDelivery.objects.filter(endpoint=endpoint, state=state)
    return rows.defer("payload")


def latest_deliveries(*, endpoint: WebhookEndpoint, limit: int) -> list[WebhookDelivery]:
    """Newest first, whatever became of them, among the newest of the whole platform: an index of
    all would cost every delivery more than it tells."""
    return list(WebhookDelivery.objects.raw(_LATEST, [_LOOKED_AT, endpoint.pk, limit]))


_LOOKED_AT = 10_000
_LATEST = """
    WITH newest AS MATERIALIZED (
        SELECT id, subject_id, endpoint_id, kind, state, tries, due_at, last_status, last_error,
               created_at, finished_at
        FROM accounts_webhookdelivery ORDER BY subject_id DESC, id DESC LIMIT %s
    )
    SELECT * FROM newest WHERE endpoint_id = %s ORDER BY created_at DESC, id DESC LIMIT %s
"""


def qualifications(*, account: Account) -> list[Qualification]:
    """The newest version of each company's papers; the account's own first."""
    rows = Qualification.objects.for_account(account).order_by("lineage", "-version")
    return sorted(rows.distinct("lineage"), key=lambda row: (not row.for_self, row.pk))


def qualification(*, account: Account, public_id: UUID) -> Qualification | None:
    """With its people and papers."""
    rows = Qualification.objects.for_account(account).filter(public_id=public_id)
    found: Qualification | None = (
        rows.select_related("account").prefetch_related("people", "papers__document").first()
    )
    return found


def versions(*, account: Account, lineage: UUID) -> list[Qualification]:
    """Newest first."""
    rows = Qualification.objects.for_account(account).filter(lineage=lineage)
    return list(rows.order_by("-version"))


def reviews(*, kind: str, account: Account, target_ids: Collection[int]) -> list[review.Item]:
    """Of these subjects, newest first."""
    rows = review.Item.objects.filter(kind=kind, account_id=account.pk, target_id__in=target_ids)
    return list(rows.order_by("-id"))


def document(*, account: Account, public_id: UUID) -> Document | None:
    found: Document | None = (
        Document.objects.for_account(account).filter(public_id=public_id).first()
    )
    return found
