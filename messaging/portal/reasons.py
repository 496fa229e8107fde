"""A message's state in plain words: what happened, and what to do about it."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from messaging.models import Message
from messaging.queries import Life
from messaging.services.planning import HELD
from messaging.states import State

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Explanation:
    what: Words
    todo: Words = ""


_WAIT = _("There is nothing to do.")

_BY_STATE: dict[str, Explanation] = {
    State.SCHEDULED: Explanation(_("It waits for the time that you chose."), _WAIT),
    State.REVIEW: Explanation(
        _("Our staff read it before it may leave."),
        _("Wait for their decision; it is usually made within working hours."),
    ),
    State.QUEUED: Explanation(_("It waits for its turn."), _WAIT),
    State.SENDING: Explanation(_("It is being handed to the carrier."), _WAIT),
    State.SENT: Explanation(
        _("The carrier has taken it. The phone has not confirmed it yet."),
        _("There is nothing to do: most phones confirm within a minute, and we wait for 72 hours."),
    ),
    State.DELIVERED: Explanation(_("The phone has confirmed that it arrived.")),
    State.UNDELIVERED: Explanation(
        _("The carrier could not bring it to the phone."),
        _("Check that the number is in service and can receive messages, then send again."),
    ),
    State.NO_RECEIPT: Explanation(
        _("The carrier took it, and nobody told us within 72 hours whether it arrived."),
        _("If it matters, ask the recipient before you send again. A late receipt is still shown."),
    ),
    State.FAILED: Explanation(
        _("No carrier accepted it."),
        _("Check the number and the text, then send again. If it happens often, ask support."),
    ),
    State.EXPIRED: Explanation(
        _("No carrier could take it before its validity ended."),
        _("Send again if it is still of use, with a longer validity if it may arrive late."),
    ),
    State.REJECTED: Explanation(
        _("A review refused it."),
        _("Read the reason, change the text, then send again."),
    ),
    State.CANCELLED: Explanation(_("It was cancelled before it left.")),
}

_BY_REASON: dict[str, Explanation] = {
    "outcome_unknown": Explanation(
        _("No carrier said whether it took this message, so it counts as not sent."),
        _("It may have arrived all the same. Ask the recipient, or send again."),
    ),
    "carrier_refused": Explanation(
        _("The carrier refused it."),
        _("Check the number and the text, then send again. If it happens often, ask support."),
    ),
    "cancelled_by_customer": Explanation(
        _("It was cancelled before it left, as somebody of your company asked.")
    ),
    "account_closed": Explanation(
        _("It was cancelled because the account was frozen or closed."),
        _("Ask support why."),
    ),
    "template_withdrawn": Explanation(
        _("It was cancelled because its template is no longer approved."),
        _("Send again with a template that is approved."),
    ),
    "signature_withdrawn": Explanation(
        _("It was cancelled because its signature is no longer approved."),
        _("Send again with a signature that is approved."),
    ),
    "recipient_opted_out": Explanation(
        _("It was cancelled because the number must not be written to any more."),
        _("Its owner opted out, or somebody suppressed the number; see the suppressed numbers."),
    ),
    HELD: Explanation(
        _("It holds words for which our staff read it before it may leave."),
        _(
            "Wait for their decision; it is usually made within working hours. If none is made"
            " before its validity ends, you are paid back. You may cancel it until then."
        ),
    ),
    "text_not_kept": Explanation(
        _("It waited so long that its text is no longer kept."),
        _("Send again, with a shorter validity."),
    ),
}

_UNCERTAIN = {
    Message.OnUnknown.RESEND: Explanation(
        _("It was handed to the carrier, and no answer came back: it may have left or not."),
        _("Do not send it again: if we hear nothing more, we send it once more ourselves."),
    ),
    Message.OnUnknown.FAIL: Explanation(
        _("It was handed to the carrier, and no answer came back: it may have left or not."),
        _("Do not send it again yet: if we hear nothing more, we give up and pay you back."),
    ),
}


def explain(life: Life) -> Explanation:
    message = life.message
    if message.state == State.UNCERTAIN:
        return _UNCERTAIN[Message.OnUnknown(message.on_unknown)]
    return _BY_REASON.get(message.reason) or _BY_STATE[message.state]
