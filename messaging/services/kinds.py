"""What reviewers judge of messages, and what they say of them."""

from django.utils.translation import gettext_lazy as _

from messaging.services import holding, judging, viewing
from smsplatform.core import review as desk
from smsplatform.core.review import Decision, Reason

# Why a message may not be sent. Each is told by its code too: messaging.portal.reasons.
REASONS = (
    Reason("prohibited", _("What it offers or asks for may not be sent; leave it out."), "text"),
    Reason("misleading", _("It passes for somebody else, or promises what is not so."), "text"),
    Reason("wrong_class", _("Advertising goes by a template of the class marketing."), "text"),
    Reason("contact", _("Leave out QQ, WeChat and group contacts."), "text"),
    Reason("link", _("The link is dead, forwards, or leads to something else: mend it."), "text"),
    Reason("consent", _("Write only to those who have agreed to it, and show how."), "to"),
    Reason("sector", _("This trade needs a licence: add it to the qualification."), "text"),
)


def register() -> None:
    desk.register(
        desk.Kind(
            name=holding.KIND,
            label=_("held message"),
            decide=judging.decide,
            reasons=REASONS,
            # Its validity runs while it waits.
            hours=0.5,
            page=viewing.held_page,
            verbs={Decision.APPROVED: _("Let it go"), Decision.REJECTED: _("Reject")},
        )
    )
