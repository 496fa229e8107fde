"""What reviewers say of signatures and templates: coded, with a sentence that mends it."""

from django.utils.translation import gettext_lazy as _

from smsplatform.core import review as desk
from smsplatform.core.review import Reason
from templates_app.services import review, viewing

_TEMPLATE_REASONS = (
    Reason("wrong_class", _("Choose the class that fits what the text is for."), "message_class"),
    Reason(
        "scenario_unclear",
        _("Say in the remark who gets this text, and on what occasion."),
        "remark",
    ),
    Reason(
        "variable_type",
        _("Give each variable the type that its place in the text asks for."),
        "variables",
    ),
    Reason(
        "too_variable",
        _("Write more fixed text: what a variable may say must be foreseeable."),
        "body",
    ),
    Reason("signature_in_body", _("Leave the signature out of the text."), "body"),
    Reason(
        "company_mismatch", _("The text speaks for another company than the account's."), "body"
    ),
    Reason("contact", _("Leave out QQ, WeChat and group contacts."), "body"),
    Reason("link", _("The link is dead, forwards, or leads to something else: mend it."), "bound"),
    Reason("sector", _("This trade needs a licence: add it to the qualification."), "body"),
    Reason("opt_out", _("End with how to refuse, such as 拒收请回复R."), "body"),
    Reason("consent", _("Say in the remark how the recipients agreed to marketing."), "remark"),
    Reason("expired", _("What the text announces is over."), "body"),
)
_SIGNATURE_REASONS = (
    Reason("source", _("Choose the source that the evidence is for."), "source"),
    Reason("evidence", _("Add evidence that the name is yours: a number, an address."), "evidence"),
    Reason("name_mismatch", _("Use the registered name, or a piece of it without gaps."), "text"),
    Reason("neutral", _("A name that anybody could bear is refused; use your own."), "text"),
    Reason(
        "not_for_self", _("For another company's name add its letter of authority."), "evidence"
    ),
    Reason("trademark", _("The trademark is not found, or belongs to somebody else."), "evidence"),
)


def register() -> None:
    desk.register(
        desk.Kind(
            name=review.TEMPLATE,
            label=_("template"),
            decide=review.decide_template,
            reasons=_TEMPLATE_REASONS,
            hours=2,
            page=viewing.template_page,
        )
    )
    desk.register(
        desk.Kind(
            name=review.SIGNATURE,
            label=_("signature"),
            decide=review.decide_signature,
            reasons=_SIGNATURE_REASONS,
            hours=2,
            page=viewing.signature_page,
        )
    )
