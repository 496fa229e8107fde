"""What finance enters when an invoice is put right, or the tax office has answered."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from billing.models import CreditNote, Fapiao
from billing.services import credit_notes
from billing.services.fapiao import Paper
from billing.states import FapiaoState
from smsplatform.core.errors import DomainError

_MOST_BYTES = 2 * 1024 * 1024
# How the file of each kind begins: an OFD is a ZIP.
_BEGINNINGS = {"pdf": b"%PDF-", "ofd": b"PK\x03\x04"}


class CreditNoteForm(forms.ModelForm):  # type: ignore[type-arg]
    amount = forms.DecimalField(
        label=_("amount"), min_value=Decimal("0.01"), max_digits=15, decimal_places=2
    )

    class Meta:
        model = CreditNote
        fields = ("invoice", "reason")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                credit_notes.check_fits(invoice=said["invoice"], amount_cents=self.amount_cents)
            except DomainError as refusal:
                raise forms.ValidationError(refusal.sentence()) from refusal
        return said

    @property
    def amount_cents(self) -> int:
        return int(self.cleaned_data["amount"] * 100)


class FapiaoForm(forms.ModelForm):  # type: ignore[type-arg]
    decision = forms.ChoiceField(
        label=_("decision"),
        choices=[
            (FapiaoState.ISSUED, _("issued")),
            (FapiaoState.REFUSED, _("refused")),
            (FapiaoState.REVERSED, _("reversed")),
        ],
    )
    paper_number = forms.CharField(
        label=_("number"),
        required=False,
        validators=[RegexValidator(r"^(\d{8}|\d{20})$", _("8 or 20 digits."))],
    )
    upload = forms.FileField(label=_("file (PDF or OFD)"), required=False)
    why = forms.CharField(label=_("reason"), required=False, max_length=500)

    class Meta:
        model = Fapiao
        fields = ()

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        is_issued = said.get("decision") == FapiaoState.ISSUED
        needed = ("paper_number", "upload") if is_issued else ("why",)
        for name in needed:
            if not said.get(name) and name not in self.errors:
                self.add_error(name, _("This is needed for that decision."))
        return said

    def clean_upload(self) -> Any:
        upload = self.cleaned_data["upload"]
        if not upload:
            return None
        if upload.size > _MOST_BYTES:
            raise forms.ValidationError(_("At most 2 MB."))
        self._content = upload.read()
        kinds = (kind for kind, begin in _BEGINNINGS.items() if self._content.startswith(begin))
        self._kind = next(kinds, "")
        if not self._kind:
            raise forms.ValidationError(_("This is neither a PDF nor an OFD."))
        return upload

    def paper(self) -> Paper:
        """The name is ours: a stranger's would go into a header."""
        number = self.cleaned_data["paper_number"]
        return Paper(number=number, content=self._content, name=f"fapiao-{number}.{self._kind}")
