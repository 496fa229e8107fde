"""The page on which the handler's number is proved."""

from typing import Any
from uuid import UUID

from django.contrib import messages as flashes
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.models import Qualification
from accounts.portal import qualification_pages as pages
from accounts.portal.phone import CodeForm, CodePage
from accounts.portal.qualification import PapersView
from accounts.services import handler_phone
from accounts.services.permissions import Permission
from smsplatform.core import clock


class QualificationPhone(CodePage, PapersView):
    permission = Permission.COMPANY_EDIT
    purpose = handler_phone.PURPOSE.value

    def get(self, _request: HttpRequest, public_id: UUID) -> HttpResponseBase:
        row = self.found(public_id)
        number = handler_phone.number_of(row)
        return self._shown(row, number, CodeForm()) if number else self._over(row)

    def post(self, request: HttpRequest, public_id: UUID) -> HttpResponseBase:
        row = self.found(public_id)
        number = handler_phone.number_of(row)
        if not number:
            return self._over(row)
        if "again" in request.POST:
            self.ask_again(number)
            return redirect("qualification-phone", public_id)
        form = CodeForm(request.POST)
        if not self.is_proved(form, qualification=row):
            return self._shown(row, number, form)
        flashes.success(request, _("The number is proved."))
        return self._over(row)

    def prove(self, *, code: str, **what: Any) -> None:
        handler_phone.prove(code=code, by=self.actor, now=clock.now(), **what)

    def _shown(self, row: Qualification, number: str, form: CodeForm) -> HttpResponse:
        sent = self.pending()
        return self.show(
            form=form,
            number=number,
            sent=sent if sent is not None and sent.number == number else None,
            above=pages.STEPS["people"],
            above_href=pages.href_of(row, "people"),
            later_href=pages.href_of(row, "documents"),
        )

    def _over(self, row: Qualification) -> HttpResponseBase:
        return redirect("qualification-step", row.public_id, pages.step_after("people"))
