"""Words that signatures and templates share."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MessageClass(models.TextChoices):
    """Also the order of urgency: a code waits for nobody, marketing for everybody."""

    VERIFICATION = "verification", _("verification")
    NOTICE = "notice", _("notice")
    MARKETING = "marketing", _("marketing")


class Market(models.TextChoices):
    """Whose rules hold: what goes to mainland China obeys its operators, wherever the sender is."""

    CHINA = "china", _("mainland China")
    INTERNATIONAL = "international", _("international")


class FilingReason(models.TextChoices):
    """What an operator says of a filing, in the words that Chinese platforms use for it."""

    NON_REGISTER = "NON_REGISTER", _("not filed yet")
    REGISTERING = "REGISTERING", _("being filed")
    DETECTING = "DETECTING", _("being tried by messages")
    DETECT_SUCCESS = "DETECT_SUCCESS", _("tried with success")
    UNBINDING_QUA = "UNBINDING_QUA", _("no qualification is bound")
    BINDING_INCOMPLETE_QUA = "BINDING_INCOMPLETE_QUA", _("the bound qualification is incomplete")
    QUALIFICATION_ERROR = "QUALIFICATION_ERROR", _("the qualification was refused")
    SIGNATURE_ERROR = "SIGNATURE_ERROR", _("the signature was refused")
    SIGNATURE_QUALIFICATION_ERROR = (
        "SIGNATURE_QUALIFICATION_ERROR",
        _("the signature does not match the qualification"),
    )
    ONE_CODE_MULTIPLE_SIGN = (
        "ONE_CODE_MULTIPLE_SIGN",
        _("several signatures share one extension code"),
    )
    REGISTER_TIMEOUT = "REGISTER_TIMEOUT", _("the operator did not answer in time")
    NO_SEND_RECORD = "NO_SEND_RECORD", _("nothing was sent for too long")
    EXT_CODE_RECYCLE = "EXT_CODE_RECYCLE", _("the operator took back the extension code")
    SUBPORT_RECYCLE = "SUBPORT_RECYCLE", _("the operator took back the number")
    OTHERS_ERROR = "OTHERS_ERROR", _("another reason")
