"""What a request is refused with as a whole."""

from django.utils.translation import gettext_lazy as _

from smsplatform.core.errors import DomainError


class TemplateUnknown(DomainError):
    code = "template_unknown"
    status = 422
    message = _("There is no template with the code {template}; see your list of templates.")


class TemplateNotApproved(DomainError):
    code = "template_not_approved"
    status = 422
    message = _("The template {template} is not approved; wait for its review or use another.")


class SignatureUnknown(DomainError):
    code = "signature_unknown"
    status = 422
    message = _("There is no signature “{signature}”; see your list of signatures.")


class SignatureNotApproved(DomainError):
    code = "signature_not_approved"
    status = 422
    message = _("The signature “{signature}” is not approved; wait for its review.")


class SignatureMissing(DomainError):
    code = "signature_missing"
    status = 422
    message = _("Say with which signature: the account does not have exactly one.")


class TextNotAllowed(DomainError):
    code = "text_not_allowed"
    status = 403
    message = _("This account may not send free text; use an approved template.")


class SandboxOff(DomainError):
    code = "sandbox_off"
    status = 403
    message = _("This platform runs no sandbox; send with a live key.")


class SendAtPast(DomainError):
    code = "send_at_past"
    status = 422
    message = _("send_at has passed; leave it out to send now.")


class SendAtTooFar(DomainError):
    code = "send_at_too_far"
    status = 422
    message = _("send_at may be at most {days} days ahead.")
