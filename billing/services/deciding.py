"""What is decided once."""

from django.utils.translation import gettext_lazy as _

from smsplatform.core.errors import DomainError


class AlreadyDecided(DomainError):
    """Somebody else was first, or the state does not allow it."""

    code = "already_decided"
    status = 409
    message = _("It was decided before.")
