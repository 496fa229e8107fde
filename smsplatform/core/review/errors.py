"""What the desk refuses."""

from django.utils.translation import gettext_lazy as _

from smsplatform.core.errors import DomainError


class AlreadyWaiting(DomainError):
    code = "review_already_waiting"
    status = 409
    message = _("This is being reviewed already; withdraw it first to change it.")


class NotWaiting(DomainError):
    code = "review_not_waiting"
    status = 409
    message = _("Somebody decided this before you, or the customer withdrew it.")


class HeldByOther(DomainError):
    code = "review_held"
    status = 409
    message = _("A colleague has taken this one; it is free again when their time runs out.")


class SamePerson(DomainError):
    code = "review_same_person"
    status = 403
    message = _("You approved this one already: somebody else must take the second look.")


class ReasonMissing(DomainError):
    code = "review_reason_missing"
    status = 422
    message = _("Give at least one reason, with a text that says how to mend it.")


class ReasonUnknown(DomainError):
    code = "review_reason_unknown"
    status = 422
    message = _("The reason {reason} is not one of this kind.")


class NudgedAlready(DomainError):
    code = "review_nudged_already"
    status = 409
    message = _("You cannot ask for speed now: it was submitted or asked for a short while ago.")
