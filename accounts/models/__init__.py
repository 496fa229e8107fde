"""Who may do what: users, the companies they act for, keys, and where events are told."""

from accounts.models.company import (
    Account,
    AccountQuerySet,
    ForAccountQuerySet,
    Membership,
    Project,
    Role,
)
from accounts.models.document import Document, DocumentQuerySet
from accounts.models.invitation import Invitation, InvitationQuerySet
from accounts.models.key import ApiKey, Scope
from accounts.models.person import User, UserManager
from accounts.models.phone import PhoneCode, TrialNumber
from accounts.models.qualification import (
    EDITABLE,
    UNDER_WAY,
    Qualification,
    QualificationDocument,
    QualificationPerson,
    QualificationQuerySet,
)
from accounts.models.term import RetentionTerm
from accounts.models.terms import Acceptance, SignupTry, TermsVersion
from accounts.models.trade import Trade
from accounts.models.webhook import (
    MOST_PER_POST,
    DeliveryQuerySet,
    Event,
    WebhookDelivery,
    WebhookEndpoint,
)

__all__ = [
    "Acceptance",
    "Account",
    "AccountQuerySet",
    "ApiKey",
    "DeliveryQuerySet",
    "Document",
    "DocumentQuerySet",
    "EDITABLE",
    "Event",
    "ForAccountQuerySet",
    "Invitation",
    "InvitationQuerySet",
    "MOST_PER_POST",
    "Membership",
    "PhoneCode",
    "Project",
    "Qualification",
    "QualificationDocument",
    "QualificationPerson",
    "QualificationQuerySet",
    "RetentionTerm",
    "Role",
    "Scope",
    "SignupTry",
    "TermsVersion",
    "Trade",
    "TrialNumber",
    "UNDER_WAY",
    "User",
    "UserManager",
    "WebhookDelivery",
    "WebhookEndpoint",
]
