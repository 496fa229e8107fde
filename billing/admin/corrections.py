"""The staff desk after an invoice: credit notes, which need two people, and requests for fapiao."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from billing.admin.correction_forms import CreditNoteForm, FapiaoForm
from billing.models import CreditNote, Fapiao
from billing.models.invoice import MICROS_A_CENT
from billing.services import credit_notes, fapiao
from billing.states import FapiaoState
from smsplatform.core import clock, money
from smsplatform.core.admin import LargeTable
from smsplatform.core.errors import DomainError


def _who(request: HttpRequest) -> str:
    return f"user:{request.user.pk}"


@admin.register(CreditNote)
class CreditNoteAdmin(LargeTable):
    """Proposed by one, issued by another; neither is ever changed."""

    form = CreditNoteForm
    list_display = ("number", "invoice", "amount", "state", "reason", "proposed_by", "decided_by")
    list_select_related = ("invoice",)
    exact_search = ("number",)
    list_filter = ("state",)
    ordering = ("-id",)
    raw_id_fields = ("invoice",)
    actions = ("issue", "refuse")
    _shown = (
        *("invoice", "number", "amount_cents", "tax_cents", "reason", "state", "proposed_by"),
        *("proposed_at", "decided_by", "decided_at"),
    )

    @admin.display(description=_("amount"))
    def amount(self, note: CreditNote) -> str:
        return f"{money.text(note.amount_micros)} {note.invoice.currency}"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self._shown if obj else ("invoice", "amount", "reason")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self._shown if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            return
        made = credit_notes.propose(
            invoice=obj.invoice,
            amount_cents=form.amount_cents,
            reason=obj.reason,
            by=_who(request),
            now=clock.now(),
        )
        obj.pk = made.pk

    @admin.action(description=_("Issue and book"), permissions=["change"])
    def issue(self, request: HttpRequest, queryset: QuerySet[CreditNote]) -> None:
        self._each(request, queryset, credit_notes.issue)

    @admin.action(description=_("Refuse"), permissions=["change"])
    def refuse(self, request: HttpRequest, queryset: QuerySet[CreditNote]) -> None:
        self._each(request, queryset, credit_notes.refuse)

    def _each(self, request: HttpRequest, found: QuerySet[CreditNote], deed: Any) -> None:
        for note in found.select_related("invoice").order_by("id"):
            try:
                deed(note=note, by=_who(request), now=clock.now())
            except DomainError as refusal:
                self.message_user(request, f"{note}: {refusal.sentence()}", messages.ERROR)


@admin.register(Fapiao)
class FapiaoAdmin(LargeTable):
    """Issue it in the tax office's system, then attach it here: the customer gets it by mail."""

    form = FapiaoForm
    list_display = ("id", "account", "kind", "title", "tax_number", "sum", "state", "requested_at")
    list_select_related = ("account",)
    exact_search = ("number", "tax_number")
    list_filter = ("state", "kind")
    ordering = ("-id",)
    _shown = (
        *("account", "invoice", "topup_reference", "kind", "sum", "title", "tax_number"),
        *("details", "email", "state", "number", "file_name", "reason"),
        *("requested_by", "requested_at", "decided_by", "decided_at"),
    )

    @admin.display(description=_("amount"))
    def sum(self, found: Fapiao) -> str:
        return f"{money.text(found.amount_cents * MICROS_A_CENT)} {fapiao.CURRENCY}"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if not self.has_change_permission(request, obj):
            return self._shown
        return (*self._shown, "decision", "paper_number", "upload", "why")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self._shown

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        try:
            self._decide(obj, form, _who(request))
        except DomainError as refusal:
            self.message_user(request, refusal.sentence(), messages.ERROR)

    def _decide(self, found: Fapiao, form: FapiaoForm, by: str) -> None:
        now, why = clock.now(), form.cleaned_data["why"]
        match form.cleaned_data["decision"]:
            case FapiaoState.ISSUED:
                fapiao.issue(fapiao=found, paper=form.paper(), by=by, now=now)
            case FapiaoState.REFUSED:
                fapiao.refuse(fapiao=found, reason=why, by=by, now=now)
            case FapiaoState.REVERSED:
                fapiao.reverse(fapiao=found, reason=why, by=by, now=now)
