"""What the pages of signatures and of templates share."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages as flashes
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.services.permissions import Permission
from smsplatform.components import Question
from smsplatform.core import clock
from smsplatform.core import review as desk
from smsplatform.core.errors import DomainError
from smsplatform.portal import AskingView, MemberView, piece
from templates_app.models import Signature, Template
from templates_app.services import composing, packs, standing
from templates_app.services.checking import Size


class TextView(MemberView):
    permission = Permission.CONTENT_READ

    @property
    def act(self) -> dict[str, Any]:
        """Who does it, and when."""
        return {"by": self.member.user.email, "now": clock.now()}

    def price(self, message_class: str, market: str, size: Size | None) -> SafeString:
        """Of a message of that size, as a piece of a page."""
        if size is None:
            return SafeString()
        country = packs.of(market).country
        return piece(
            self.request,
            "price-of-text",
            message_class=message_class,
            parts=size.parts,
            most_parts=size.most_parts,
            country=country,
            but="" if country else composing.DOMESTIC,
        )

    @property
    def may_write(self) -> bool:
        return self.member.may(Permission.CONTENT_EDIT)


class RetireView(AskingView):
    """Withdrawing something for good, asked about first."""

    permission = Permission.CONTENT_EDIT

    def question(self, back: str) -> HttpResponse:
        return self.ask(
            Question(
                title=_("Withdraw it for good?"),
                text=_(
                    "Nothing can be sent with it any more; what waits is cancelled and paid back."
                    " This cannot be undone."
                ),
                action=_("Withdraw it for good"),
                back=back,
            )
        )

    def retire(self, subject: Signature | Template) -> None:
        by = self.member.user.email
        try:
            standing.retire(subject=subject, by=by, now=clock.now())
        except DomainError as refusal:
            tell(self.request, refusal)
        else:
            flashes.success(self.request, _("Withdrawn."))


def tell(request: HttpRequest, refusal: DomainError) -> None:
    """Above the page, for a refusal that no field can carry."""
    sentences = [problem.sentence() for problem in refusal.errors] or [refusal.sentence()]
    for sentence in dict.fromkeys(sentences):
        flashes.error(request, sentence)


def waiting(kind: str, target_ids: Iterable[int]) -> desk.Item | None:
    """What waits at the desk, to say until when."""
    found: desk.Item | None = (
        desk.Item.objects.filter(kind=kind, target_id__in=target_ids).live().first()
    )
    return found
