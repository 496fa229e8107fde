"""Signatures and templates on the review desk."""

from django.utils.translation import gettext_lazy as _

from smsplatform.core import review as desk
from templates_app.services import faults, review, viewing


def register() -> None:
    desk.register(
        desk.Kind(
            name=review.TEMPLATE,
            label=_("template"),
            decide=review.decide_template,
            reasons=faults.OF_TEMPLATES,
            hours=2,
            page=viewing.template_page,
        )
    )
    desk.register(
        desk.Kind(
            name=review.SIGNATURE,
            label=_("signature"),
            decide=review.decide_signature,
            reasons=faults.OF_SIGNATURES,
            hours=2,
            page=viewing.signature_page,
        )
    )
