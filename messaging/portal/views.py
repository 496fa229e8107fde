"""The list of messages, and one message's life."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse

from messaging import queries
from messaging.portal import reasons, story
from messaging.portal.forms import MessageFilter
from messaging.queries import Page
from smsplatform.portal import MemberView


class MessageList(MemberView):
    page = "messaging/message_list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        account = self.member.account
        form = MessageFilter(request.GET, account=account)
        page = (
            queries.page(account=account, **form.filters()) if form.is_valid() else Page([], None)
        )
        return self.show(form=form, page=page)


class MessageDetail(MemberView):
    page = "messaging/message_detail.html"
    part = "messaging/message_life.html"

    def get(self, request: HttpRequest, message_id: UUID) -> HttpResponse:
        life = queries.life(account=self.member.account, message_id=message_id)
        if life is None:
            raise Http404
        return self.show(
            life=life,
            message=life.message,
            steps=story.tell(life),
            explanation=reasons.explain(life),
            is_moving=story.is_moving(life),
        )
