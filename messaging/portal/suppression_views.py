"""The list of numbers that must not be written to: looked at, added to, lifted."""

from typing import Any
from uuid import UUID

from django.contrib import messages as flashes
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.services.permissions import Permission
from messaging.models import Suppression
from messaging.portal.suppression_forms import SuppressionFilter, SuppressionForm
from messaging.services import registering, suppression
from smsplatform.components import Column, Empty, Question, Table
from smsplatform.core import clock
from smsplatform.core.errors import NotFound
from smsplatform.portal import AskingView, MemberView

PAGE = 50


class SuppressionList(MemberView):
    permission = Permission.SUPPRESSION_READ
    page = "messaging/suppressions/list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        form = SuppressionFilter(request.GET, account=self.member.account)
        rows, following = self._found(form) if form.is_valid() else ([], None)
        may_edit = self.member.may(Permission.SUPPRESSION_EDIT)
        return self.show(
            filter=form, table=_table(rows, following, form, may_edit), may_edit=may_edit
        )

    def _found(self, form: SuppressionFilter) -> tuple[list[Suppression], UUID | None]:
        found = Suppression.objects.for_account(self.member.account).select_related("signature")
        now, said = clock.now(), form.cleaned_data
        found = found.over(now) if said["history"] else found.in_force(now)
        if said["number"]:
            found = found.filter(number=said["number"])
        return found.page(cursor=said["cursor"], limit=PAGE)


class SuppressionAdd(MemberView):
    permission = Permission.SUPPRESSION_EDIT
    page = "messaging/suppressions/add.html"

    def get(self, _request: HttpRequest) -> HttpResponse:
        return self.show(form=SuppressionForm(account=self.member.account))

    def post(self, request: HttpRequest) -> HttpResponseBase:
        form = SuppressionForm(request.POST, account=self.member.account)
        if not form.is_valid():
            return self.show(form=form)
        wanted = form.wanted()
        added = registering.suppress(
            account_id=self.member.account.pk,
            wanted=wanted,
            source=Suppression.Source.MANUAL.value,
            by=self.member.user.email,
            now=clock.now(),
        )
        flashes.success(request, _told(added, len(wanted) - added))
        return redirect("suppression-list")


class SuppressionLift(AskingView):
    permission = Permission.SUPPRESSION_EDIT

    def get(self, _request: HttpRequest, suppression_id: UUID) -> HttpResponse:
        found = Suppression.objects.for_account(self.member.account).filter(id=suppression_id)
        if not found.exists():
            raise Http404
        return self.ask(
            Question(
                title=_("Let this number be written to again?"),
                text=_(
                    "Do it only if its owner agrees: whoever writes to people who refused may be"
                    " shut out by the operators."
                ),
                action=_("Lift"),
                back=reverse("suppression-list"),
            )
        )

    def post(self, request: HttpRequest, suppression_id: UUID) -> HttpResponseBase:
        try:
            suppression.lift(
                account_id=self.member.account.pk,
                suppression_id=suppression_id,
                by=self.member.user.email,
                now=clock.now(),
            )
        except NotFound as missing:
            raise Http404 from missing
        except suppression.NotLiftable as refusal:
            flashes.warning(request, refusal.sentence())
        else:
            flashes.success(request, _("The number may be written to again."))
        return redirect("suppression-list")


def _told(added: int, before: int) -> str:
    sentence = ngettext(
        "{count} number is suppressed from now on.",
        "{count} numbers are suppressed from now on.",
        added,
    ).format(count=added)
    if not before:
        return sentence
    more = ngettext("{count} was already.", "{count} were already.", before).format(count=before)
    return f"{sentence} {more}"


_COLUMNS = (
    Column(gettext_lazy("Number")),
    Column(gettext_lazy("What it does not get")),
    Column(gettext_lazy("Why")),
    Column(gettext_lazy("Since")),
    Column(gettext_lazy("Until")),
)


def _table(
    rows: list[Suppression], following: UUID | None, form: SuppressionFilter, may_edit: bool
) -> Table:
    return Table(
        caption=_("Suppressed numbers"),
        columns=[*_COLUMNS, Column("")] if may_edit else _COLUMNS,
        rows=rows,
        row_template="messaging/suppressions/row.html",
        empty=_nothing_fits() if form.is_used else _none_yet(may_edit),
        next_cursor=str(following) if following else "",
    )


def _nothing_fits() -> Empty:
    return Empty(
        title=_("No such number"),
        text=_("Nothing here fits the filter. A number that is not listed may be written to."),
        href=reverse("suppression-list"),
        action=_("Show all"),
    )


def _none_yet(may_edit: bool) -> Empty:
    way: dict[str, Any] = (
        {"href": reverse("suppression-add"), "action": _("Add numbers")} if may_edit else {}
    )
    return Empty(
        title=_("Nobody has opted out"),
        text=_("Numbers that you must not write to are kept here, and refused when you send."),
        steps=(
            _("Who answers R, TD or STOP to an advertisement is listed at once, with the word."),
            _("Verification codes still reach them; a word for everything stops these too."),
            _("Add those who told you otherwise: by phone, by mail, in another system."),
        ),
        **way,
    )
