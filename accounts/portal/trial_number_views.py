"""An account's own numbers to try with before it is live: listed, added by a code, removed."""

from typing import Any
from uuid import UUID

from django.contrib import messages as flashes
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import Account, TrialNumber
from accounts.portal.phone import CodeForm, CodePage, NumberForm
from accounts.services import phone_codes, trial_numbers
from accounts.services.permissions import Permission
from smsplatform.components import Column, Empty, Question, Table
from smsplatform.core import clock
from smsplatform.core.errors import DomainError
from smsplatform.portal import AskingView, MemberView, blame


class TrialNumberList(MemberView):
    permission = Permission.KEYS_MANAGE
    page = "accounts/trial_numbers/list.html"

    def get(self, _request: HttpRequest) -> HttpResponse:
        account = self.member.account
        rows = [
            {"number": row, "is_reached": trial_numbers.is_reached(row)}
            for row in trial_numbers.of(account)
        ]
        has_room = not account.is_live and len(rows) < account.most_trial_numbers
        return self.show(table=_table(account, rows), has_room=has_room, has_rows=bool(rows))


class TrialNumberPage(CodePage, MemberView):
    permission = Permission.KEYS_MANAGE
    purpose = trial_numbers.PURPOSE.value

    def ask(self, number: str) -> None:
        trial_numbers.ask(
            account=self.member.account,
            number=number,
            by=self.asker,
            language=get_language() or "en",
            now=clock.now(),
        )

    def prove(self, *, code: str, **what: Any) -> None:
        trial_numbers.prove(
            account=self.member.account, code=code, by=self.asker, now=clock.now(), **what
        )


class TrialNumberNew(TrialNumberPage):
    page = "accounts/trial_numbers/new.html"

    def get(self, _request: HttpRequest) -> HttpResponse:
        return self.show(form=self._form())

    def post(self, request: HttpRequest) -> HttpResponseBase:
        form = self._form(request.POST)
        if not form.is_valid():
            return self.show(form=form)
        try:
            self.ask(form.cleaned_data["number"])
        except DomainError as refusal:
            blame(form, refusal)
            return self.show(form=form)
        return redirect("trial-number-code")

    def _form(self, data: Any = None) -> NumberForm:
        return NumberForm(data, region=self.member.account.country)


class TrialNumberCode(TrialNumberPage):
    def get(self, _request: HttpRequest) -> HttpResponseBase:
        return self._page(CodeForm())

    def post(self, request: HttpRequest) -> HttpResponseBase:
        sent = self.pending()
        if sent is None:
            return self._over()
        if "again" in request.POST:
            self.ask_again(sent.number)
            return redirect("trial-number-code")
        form = CodeForm(request.POST)
        if not self.is_proved(form, number=sent.number):
            return self._page(form)
        flashes.success(request, _("The number is proved."))
        return redirect("trial-number-list")

    def _page(self, form: CodeForm) -> HttpResponseBase:
        sent = self.pending()
        if sent is None:
            return self._over()
        return self.show(
            form=form,
            sent=sent,
            number=sent.number,
            above=_("Trial numbers"),
            above_href=reverse("trial-number-list"),
        )

    def _over(self) -> HttpResponseBase:
        flashes.error(self.request, phone_codes.CodeWrong().sentence())
        return redirect("trial-number-new")


class TrialNumberRemove(AskingView):
    permission = Permission.KEYS_MANAGE

    def get(self, _request: HttpRequest, number_id: UUID) -> HttpResponse:
        self._found(number_id)
        return self.ask(
            Question(
                title=_("Remove this number?"),
                text=_(
                    "Within a second new messages to it are simulated again. To try with it once"
                    " more it has to be proved anew."
                ),
                action=_("Remove"),
                back=reverse("trial-number-list"),
            )
        )

    def post(self, request: HttpRequest, number_id: UUID) -> HttpResponseBase:
        by = f"user:{self.member.user.pk}"
        trial_numbers.remove(row=self._found(number_id), by=by, now=clock.now())
        flashes.success(request, _("The number is removed."))
        return redirect("trial-number-list")

    def _found(self, number_id: UUID) -> TrialNumber:
        row = trial_numbers.find(account=self.member.account, public_id=number_id)
        if row is None:
            raise Http404
        return row


def _table(account: Account, rows: list[dict[str, Any]]) -> Table:
    return Table(
        caption=_("Trial numbers"),
        columns=(Column(_("Number")), Column(_("Messages")), Column(_("Proved")), Column("")),
        rows=rows,
        row_template="accounts/trial_numbers/row.html",
        empty=_live_empty() if account.is_live else _empty(),
    )


def _empty() -> Empty:
    return Empty(
        _("No trial numbers yet"),
        _("Before your account is live messages are simulated. See one arrive on your own phone."),
        href=reverse("trial-number-new"),
        action=_("Add a number"),
        steps=(
            _("Enter the number of a phone that you have at hand."),
            _("Enter the code that comes to it by SMS."),
            _("Send it a code or a notice with a live key."),
        ),
    )


def _live_empty() -> Empty:
    return Empty(
        _("No trial numbers needed"),
        _("Your account is live: its messages reach every number, and none needs a proof."),
    )
