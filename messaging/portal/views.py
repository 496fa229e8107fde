"""The list of messages, one message's life, and taking back what has not left."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages as flashes
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.services.permissions import Permission
from messaging import access, queries
from messaging.models import Batch
from messaging.portal import finding, reasons, story
from messaging.portal.forms import MessageFilter
from messaging.queries import Page
from messaging.services import cancelling
from messaging.services.cancelling import NotCancellable
from messaging.states import CANCELLABLE
from smsplatform.components import Question
from smsplatform.core import clock
from smsplatform.core.errors import NotFound
from smsplatform.portal import AskingView, MemberView


class MessageList(MemberView):
    permission = Permission.MESSAGES_READ
    page = "messaging/message_list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        account = self.member.account
        if typed := request.GET.get("find", "").strip():
            return redirect(finding.address(typed=typed, account=account))
        form = MessageFilter(request.GET, account=account)
        page = (
            queries.page(account=account, **form.filters()) if form.is_valid() else Page([], None)
        )
        return self.show(form=form, page=page, progress=self._progress(form))

    def _progress(self, form: MessageFilter) -> queries.Progress | None:
        """Of the batch that the reader looks at, where it is one."""
        batch_id = form.cleaned_data.get("batch") if form.is_valid() else None
        if batch_id is None:
            return None
        batch = queries.batch(account=self.member.account, batch_id=batch_id)
        return queries.progress(batch) if batch else None


class MessageDetail(MemberView):
    permission = Permission.MESSAGES_READ
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
            is_cancellable=self.member.may_send and life.message.state in CANCELLABLE,
        )


class MessageCancel(AskingView):
    permission = Permission.MESSAGES_SEND

    def get(self, request: HttpRequest, message_id: UUID) -> HttpResponse:
        if not queries.has_message(account=self.member.account, message_id=message_id):
            raise Http404
        return self.ask(
            Question(
                title=_("Cancel this message?"),
                text=_(
                    "It will not be sent, and you get its whole price back. This cannot be undone."
                ),
                action=_("Cancel this message"),
                back=reverse("message-detail", args=[message_id]),
            )
        )

    def post(self, request: HttpRequest, message_id: UUID) -> HttpResponseBase:
        try:
            cancelling.cancel_one(
                account_id=self.member.account.pk,
                message_id=message_id,
                actor=self.member.user.email,
                now=clock.now(),
            )
        except NotFound as missing:
            raise Http404 from missing
        except NotCancellable as refusal:
            flashes.warning(request, refusal.sentence())
        else:
            flashes.success(request, _("The message is cancelled and paid back."))
        return redirect("message-detail", message_id)


class BatchCancel(AskingView):
    permission = Permission.MESSAGES_SEND

    def get(self, request: HttpRequest, batch_id: UUID) -> HttpResponse:
        self._batch(batch_id)
        return self.ask(
            Question(
                title=_("Cancel what has not left?"),
                text=_(
                    "What still waits will not be sent, and you get its whole price back."
                    " What has left stays as it is. This cannot be undone."
                ),
                action=_("Cancel what has not left"),
                back=f"{reverse('message-list')}?{urlencode({'batch': batch_id})}",
            )
        )

    def post(self, request: HttpRequest, batch_id: UUID) -> HttpResponseBase:
        batch = self._batch(batch_id)
        progress = access.cancel_batch(batch, actor=self.member.user.email)
        tell = flashes.warning if progress.waiting else flashes.success
        tell(request, _told(progress))
        return redirect(f"{reverse('message-list')}?{urlencode({'batch': batch_id})}")

    def _batch(self, batch_id: UUID) -> Batch:
        batch = queries.batch(account=self.member.account, batch_id=batch_id)
        if batch is None:
            raise Http404
        return batch


def _told(progress: queries.Progress) -> str:
    sentence = _(
        "Cancelled and paid back: {cancelled}. Too late, on their way: {on_their_way}."
        " Ended before: {ended}."
    ).format(cancelled=progress.cancelled, on_their_way=progress.on_their_way, ended=progress.ended)
    if not progress.waiting:
        return sentence
    more = _("Still waiting: {waiting}. Cancel again to go on.").format(waiting=progress.waiting)
    return f"{sentence} {more}"
