"""What is agreed to: to read for everybody, to agree to for whoever acts for an account."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views import View

from accounts.models import TermsVersion
from accounts.portal.adapter import of_request
from accounts.services import terms
from accounts.services.terms import Origin
from smsplatform.core import clock
from smsplatform.core.errors import DomainError
from smsplatform.portal import MemberView


class TermsText(View):
    def get(self, request: HttpRequest, kind: str) -> HttpResponse:
        found = next((one for one in terms.in_force() if one.kind == kind), None)
        if found is None:
            raise Http404
        context = {"version": found, "paragraphs": _paragraphs(found)}
        return render(request, "accounts/terms/text.html", context)


class TermsAgreement(MemberView):
    """Newer terms are in force: the pages of the account wait until they are agreed to."""

    page = "accounts/terms/agreement.html"
    is_before_terms = True

    def get(self, request: HttpRequest) -> HttpResponse:
        if not self.member.owes_terms:
            return redirect("home")
        return self._show()

    def post(self, request: HttpRequest) -> HttpResponse:
        chosen = {int(each) for each in request.POST.getlist("version") if each.isdecimal()}
        owed = {version.pk for version in terms.missing(account=self.member.account)}
        if not self.member.owes_terms:
            return redirect("home")
        if owed - chosen:
            return self._show(problem=_("Tick each box to go on."))
        try:
            with transaction.atomic():
                terms.accept(
                    user=self.member.user,
                    account=self.member.account,
                    version_ids=chosen,
                    origin=Origin(
                        of_request(request) or None, request.headers.get("User-Agent", "")
                    ),
                    now=clock.now(),
                )
        except DomainError as refusal:
            return self._show(problem=refusal.sentence())
        messages.success(request, _("Thank you. Your agreement was recorded."))
        return redirect("home")

    def _show(self, problem: str = "") -> HttpResponse:
        versions = terms.missing(account=self.member.account)
        shown = [(version, _paragraphs(version)) for version in versions]
        return self.show(shown=shown, problem=problem)


def _paragraphs(version: TermsVersion) -> list[str]:
    """In the reader's language where there is one."""
    text = version.texts.get(get_language()) or next(iter(version.texts.values()))
    return [each for each in text.split("\n\n") if each]
