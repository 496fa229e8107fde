"""Everything that leaves for a URL somebody typed: customers' webhooks and HTTP carriers."""

from smsplatform.core.http.answers import Answer
from smsplatform.core.http.client import Outgoing
from smsplatform.core.http.connection import Exchange, Outcome
from smsplatform.core.http.errors import NotSent, Unanswered, UrlRefused
from smsplatform.core.http.guard import Target, check_url
from smsplatform.core.http.networks import is_denied
from smsplatform.core.http.resolver import AddressDenied, VettingResolver

__all__ = [
    "AddressDenied",
    "Answer",
    "Exchange",
    "NotSent",
    "Outcome",
    "Outgoing",
    "Target",
    "Unanswered",
    "UrlRefused",
    "VettingResolver",
    "check_url",
    "is_denied",
]
