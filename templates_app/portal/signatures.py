"""Signatures: the list, one with its filings, and writing them."""

from uuid import UUID

from django.contrib import messages as flashes
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Account
from accounts.services.permissions import Permission
from smsplatform.components import Column, Empty, Table
from smsplatform.core.errors import DomainError, NotFound
from smsplatform.core.review import told
from smsplatform.listing import Sorting
from smsplatform.portal import blame
from templates_app import access
from templates_app.models import Signature
from templates_app.portal.forms import SignatureForm, StateFilter
from templates_app.portal.views import RetireView, TextView, tell, waiting
from templates_app.services import drafting, review
from templates_app.states import ReviewState

_OPEN = (ReviewState.DRAFT, ReviewState.REJECTED)


class SignatureView(TextView):
    def find(self, signature_id: UUID) -> Signature:
        return _find(self.member.account, signature_id)


def _find(account: Account, signature_id: UUID) -> Signature:
    try:
        return access.find_signature(account, signature_id)
    except NotFound as missing:
        raise Http404 from missing


class SignatureList(SignatureView):
    page = "templates_app/signature_list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        form = StateFilter(request.GET, account=self.member.account)
        mine = Signature.objects.for_account(self.member.account).prefetch_related("filings")
        found = access.page(mine, **form.asked())
        may_write = self.may_write
        table = Table(
            caption=_("Signatures"),
            columns=(
                Column(_("Signature")),
                Column(_("State")),
                Column(_("Operators")),
                Column(_("Created"), sort="created_at"),
            ),
            rows=found.rows,
            row_template="templates_app/parts/signature_row.html",
            empty=Empty(
                _("No signatures here"),
                _("A signature is the name before every message: your company or your brand."),
                reverse("signature-new") if may_write else "",
                _("Add a signature"),
            ),
            sorting=Sorting.read(
                request.GET.get("sort"), allowed=["created_at"], default=access.NEWEST_FIRST
            ),
            next_cursor=found.next_cursor,
        )
        return self.show(form=form, table=table, may_write=may_write)


class SignatureDetail(SignatureView):
    page = "templates_app/signature_detail.html"

    def get(self, request: HttpRequest, signature_id: UUID) -> HttpResponse:
        signature = self.find(signature_id)
        return self.show(
            signature=signature,
            reasons=told(review.SIGNATURE, signature.reasons),
            filings=signature.filings.all(),
            item=waiting(review.SIGNATURE, [signature.pk]),
            is_open=signature.state in _OPEN,
            may_write=self.may_write,
        )


class SignatureEdit(SignatureView):
    """A new one, or one that was never approved."""

    permission = Permission.CONTENT_EDIT
    page = "templates_app/signature_edit.html"

    def get(self, request: HttpRequest, signature_id: UUID | None = None) -> HttpResponse:
        signature = self._signature(signature_id)
        return self._show(SignatureForm.of(self.member.account, signature), signature)

    def post(self, request: HttpRequest, signature_id: UUID | None = None) -> HttpResponseBase:
        signature = self._signature(signature_id)
        form = SignatureForm.of(self.member.account, signature, request.POST)
        if not form.is_valid():
            return self._show(form, signature)
        try:
            with transaction.atomic():
                kept = self._keep(form, signature)
                if "submit" in request.POST:
                    review.submit_signature(signature=kept, **self.act)
        except DomainError as refusal:
            blame(form, refusal)
            return self._show(form, signature)
        flashes.success(request, _("Kept.") if "submit" not in request.POST else _("Submitted."))
        return redirect("signature-detail", kept.public_id)

    def _keep(self, form: SignatureForm, signature: Signature | None) -> Signature:
        fields = form.written()
        if signature is None:
            account = self.member.account
            return drafting.create_signature(account=account, fields=fields, **self.act)
        return drafting.edit_signature(signature=signature, fields=fields, **self.act)

    def _signature(self, signature_id: UUID | None) -> Signature | None:
        return self.find(signature_id) if signature_id else None

    def _show(self, form: SignatureForm, signature: Signature | None) -> HttpResponse:
        return self.show(form=form, signature=signature)


class SignatureSubmit(SignatureView):
    permission = Permission.CONTENT_EDIT

    def post(self, request: HttpRequest, signature_id: UUID) -> HttpResponseBase:
        signature = self.find(signature_id)
        try:
            review.submit_signature(signature=signature, **self.act)
        except DomainError as refusal:
            tell(request, refusal)
        else:
            flashes.success(request, _("Submitted. We tell you when it is decided."))
        return redirect("signature-detail", signature_id)


class SignatureWithdraw(SignatureView):
    permission = Permission.CONTENT_EDIT

    def post(self, request: HttpRequest, signature_id: UUID) -> HttpResponseBase:
        signature = self.find(signature_id)
        try:
            review.withdraw_signature(signature=signature, **self.act)
        except DomainError as refusal:
            tell(request, refusal)
        else:
            flashes.success(request, _("Taken back; it is a draft again."))
        return redirect("signature-detail", signature_id)


class SignatureRetire(RetireView):
    def get(self, request: HttpRequest, signature_id: UUID) -> HttpResponse:
        self._find(signature_id)
        return self.question(reverse("signature-detail", args=[signature_id]))

    def post(self, request: HttpRequest, signature_id: UUID) -> HttpResponseBase:
        self.retire(self._find(signature_id))
        return redirect("signature-detail", signature_id)

    def _find(self, signature_id: UUID) -> Signature:
        return _find(self.member.account, signature_id)
