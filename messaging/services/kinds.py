"""What reviewers judge of messages, and what they say of them."""

from django.utils.translation import gettext_lazy as _

from messaging.services import censuring, holding, judging, sampling, viewing
from smsplatform.core import review as desk
from smsplatform.core.review import Decision, Reason

# Why a message may not be sent. Each is told by its code too: messaging.portal.reasons.
REASONS = (
    Reason(
        "prohibited",
        _("It offers or asks for what may not be sent."),
        "text",
        _("Leave it out."),
    ),
    Reason(
        "misleading",
        _("It passes for somebody else, or promises what is not so."),
        "text",
        _("Say who you are, and only what holds."),
    ),
    Reason(
        "wrong_class",
        _("It advertises, and was not sent as marketing."),
        "text",
        _("Advertising goes by a template of the class marketing."),
    ),
    Reason(
        "contact",
        _("It leads to QQ, WeChat or a group."),
        "text",
        _("Leave out QQ, WeChat and group contacts."),
    ),
    Reason(
        "link",
        _("A link is dead, forwards, or leads to something else."),
        "text",
        _("Mend the link, or leave it out."),
    ),
    Reason(
        "consent",
        _("Nothing shows that the recipients agreed to it."),
        "to",
        _("Write only to those who have agreed to it, and show how."),
    ),
    Reason(
        "sector",
        _("This trade needs a permit."),
        "text",
        _("Add the permit to the qualification."),
    ),
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
    desk.register(
        desk.Kind(
            name=sampling.KIND,
            label=_("sample of what was sent"),
            decide=censuring.decide,
            reasons=REASONS,
            # Nobody waits for it.
            hours=16,
            page=viewing.sample_page,
            may_approve_many=True,
            verbs={Decision.APPROVED: _("Fine"), Decision.REJECTED: _("Violation")},
        )
    )
