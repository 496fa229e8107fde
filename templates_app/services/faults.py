"""What may be wrong with a template or a signature, where, and how its author mends it."""

from django.utils.translation import gettext_lazy as _

from smsplatform.core.review import Reason

OF_TEMPLATES = (
    Reason(
        "wrong_class",
        _("The class does not fit what the text is for."),
        "message_class",
        _("Choose the class that fits what the text is for."),
    ),
    Reason(
        "scenario_unclear",
        _("It is not clear who gets this text, and on what occasion."),
        "remark",
        _("Say in the remark who gets this text, and on what occasion."),
    ),
    Reason(
        "variable_type",
        _("A variable has a type that does not fit its place."),
        "variables",
        _("Give each variable the type that its place in the text asks for."),
    ),
    Reason(
        "too_variable",
        _("Too little of the text is fixed."),
        "body",
        _("Write more fixed text: what a variable may say must be foreseeable."),
    ),
    Reason(
        "variables_adjacent",
        _("Variables stand side by side."),
        "body",
        _("Put fixed words between them, or make one variable of them."),
    ),
    Reason(
        "variable_partial",
        _("A variable is a piece of a word, a number or a link."),
        "body",
        _("Let it stand for the whole of it."),
    ),
    Reason(
        "signature_in_body",
        _("The text names the signature once more."),
        "body",
        _("Leave the signature out of the text."),
    ),
    Reason(
        "company_mismatch",
        _("The text speaks for another company than the account's."),
        "body",
        _("Name only your own company, or hand in the other one's letter of authority."),
    ),
    Reason(
        "contact",
        _("The text leads to QQ, WeChat or a group."),
        "body",
        _("Leave out QQ, WeChat and group contacts."),
    ),
    Reason(
        "link_variable",
        _("A link is, or holds, a variable."),
        "body",
        _("Write the link out, and bind it to the text."),
    ),
    Reason(
        "link_short",
        _("A link is shortened, so nobody sees where it leads."),
        "bound",
        _("Write the address that it leads to."),
    ),
    Reason(
        "link",
        _("A link leads nowhere."),
        "bound",
        _("Mend the page, or the link."),
    ),
    Reason(
        "link_mismatch",
        _("A link leads to something else than the text says."),
        "bound",
        _("Link to what the text speaks of."),
    ),
    Reason(
        "sector",
        _("Messages of this trade may not be sent, or not without a permit."),
        "body",
        _("Add the permit to the qualification, and have it approved first."),
    ),
    Reason(
        "opt_out",
        _("Marketing must say how to refuse more of it."),
        "body",
        _("End with how to refuse, such as 拒收请回复R."),
    ),
    Reason(
        "consent",
        _("Nothing shows that the recipients agreed to marketing."),
        "remark",
        _("Say in the remark how the recipients agreed to marketing."),
    ),
    Reason(
        "characters",
        _("The text holds characters that operators refuse, or look-alikes."),
        "body",
        _("Use plain characters, without pictures, ornaments and traditional or mixed spellings."),
    ),
    Reason(
        "expired",
        _("What the text announces is over."),
        "body",
        _("Bring the dates up to date."),
    ),
)
OF_SIGNATURES = (
    Reason(
        "source",
        _("The source does not fit the evidence."),
        "source",
        _("Choose the source that the evidence is for."),
    ),
    Reason(
        "evidence",
        _("There is too little evidence that the name is yours."),
        "evidence",
        _("Add evidence that the name is yours: a number, an address."),
    ),
    Reason(
        "name_mismatch",
        _("The name is not the registered one, nor a piece of it."),
        "text",
        _("Use the registered name, or a piece of it without gaps."),
    ),
    Reason(
        "neutral",
        _("A name that anybody could bear is refused."),
        "text",
        _("Use a name that is your own."),
    ),
    Reason(
        "not_for_self",
        _("The name belongs to another company."),
        "evidence",
        _("For another company's name add its letter of authority."),
    ),
    Reason(
        "trademark",
        _("The trademark is not found, or belongs to somebody else."),
        "evidence",
        _("Give the number of a trademark that is registered for you."),
    ),
)
