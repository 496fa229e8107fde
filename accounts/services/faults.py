"""What may be wrong with a company's papers, where, and how its people mend it."""

from django.utils.translation import gettext_lazy as _

from smsplatform.core.review import Reason

REASONS = (
    Reason(
        "licence_unreadable",
        _("The licence cannot be read."),
        "document_licence",
        _("Scan it again: in colour, whole page, nothing covered."),
    ),
    Reason(
        "name_differs",
        _("The name differs from the licence."),
        "name",
        _("Write it exactly as it is printed there."),
    ),
    Reason(
        "number_differs",
        _("The registration number differs from the licence."),
        "registration_number",
        _("Copy it exactly from there."),
    ),
    Reason(
        "licence_ended",
        _("The licence has ended, or its dates differ from what was filled in."),
        "licence_until_date",
        _("Upload the one that is valid now, and copy its dates."),
    ),
    Reason(
        "seal_missing",
        _("A copy needs the company's red seal."),
        "document_licence",
        _("Stamp it, then scan it again."),
    ),
    Reason(
        "legal_differs",
        _("The legal representative differs from the licence."),
        "legal_name",
        _("Write the name that stands there."),
    ),
    Reason(
        "handler_unreadable",
        _("The handler's document cannot be read, or a side of it is missing."),
        "document_handler_front",
        _("Upload both sides."),
    ),
    Reason(
        "handler_differs",
        _("The handler's name or number differs from the document."),
        "handler_name",
        _("Write them as printed there."),
    ),
    Reason(
        "letter_invalid",
        _("The authorisation letter is not valid."),
        "document_letter",
        _(
            "It needs both companies' names and numbers, the dates, a seal and a signature, and its"
            " text must be unchanged."
        ),
    ),
    Reason(
        "permit_missing",
        _("This trade needs a permit."),
        "document_other",
        _("Upload the permit of the authority that watches over the trade."),
    ),
    Reason(
        "trade_prohibited",
        _("Messages of this trade may not be sent."),
        "name",
        _("See the terms of use."),
    ),
)
