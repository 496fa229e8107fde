"""Who may do what: users, the companies they act for, keys, and where events are told."""

from accounts.models.company import (
    Account,
    AccountQuerySet,
    ForAccountQuerySet,
    Membership,
    Project,
    Role,
)
from accounts.models.key import ApiKey, Scope
from accounts.models.person import User, UserManager
from accounts.models.qualification import Qualification, QualificationQuerySet
from accounts.models.webhook import (
    MOST_PER_POST,
    DeliveryQuerySet,
    Event,
    WebhookDelivery,
    WebhookEndpoint,
)

__all__ = [
    "Account",
    "AccountQuerySet",
    "ApiKey",
    "DeliveryQuerySet",
    "Event",
    "ForAccountQuerySet",
    "MOST_PER_POST",
    "Membership",
    "Project",
    "Qualification",
    "QualificationQuerySet",
    "Role",
    "Scope",
    "User",
    "UserManager",
    "WebhookDelivery",
    "WebhookEndpoint",
]
