"""Everything that leaves for a URL somebody typed: customers' webhooks and HTTP carriers."""

from smsplatform.core.http.errors import NotSent, Unanswered, UrlRefused
from smsplatform.core.http.guard import Target, check_url
from smsplatform.core.http.networks import is_denied

__all__ = ["NotSent", "Target", "Unanswered", "UrlRefused", "check_url", "is_denied"]
