"""What a reader may ask of the list of messages."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from messaging.access import LONGEST_REFERENCE
from messaging.states import State
from smsplatform.core.text import numbers
from smsplatform.filters import ListFilter

# `uncertain` is a word for inside; outside it is still being sent.
_STATES = [(state, capfirst(label)) for state, label in State.choices if state != State.UNCERTAIN]
_INVALID_NUMBER = _("This is not a mobile number; write it like +86 138 0013 8000.")
_INVALID_BATCH = _("This is not the id of a batch; copy it from the answer of the API.")


class MessageFilter(ListFilter):
    state = forms.ChoiceField(label=_("State"), required=False)
    number = forms.CharField(label=_("Number"), required=False, max_length=numbers.LONGEST_INPUT)
    batch = forms.UUIDField(
        label=_("Batch"), required=False, error_messages={"invalid": _INVALID_BATCH}
    )
    reference = forms.CharField(
        label=_("Your reference"), required=False, max_length=LONGEST_REFERENCE
    )
    cursor = forms.UUIDField(required=False, widget=forms.HiddenInput)

    field_order = ("state", "number", "first_date", "last_date", "batch", "reference")

    def __init__(self, data: Any, *, account: Account) -> None:
        super().__init__(data, account=account)
        self.fields["state"].choices = [("", _("All states")), *_STATES]  # type: ignore[attr-defined]
        self.fields["number"].widget.attrs["inputmode"] = "tel"

    def clean_number(self) -> str:
        typed = self.cleaned_data["number"]
        if not typed:
            return ""
        try:
            return numbers.parse(typed, region=self.account.country).e164
        except numbers.NumberError as error:
            raise forms.ValidationError(_INVALID_NUMBER, code=error.code) from error

    def filters(self) -> dict[str, Any]:
        """What messaging.queries.page takes."""
        cleaned = self.cleaned_data
        return {
            "state": cleaned["state"] or None,
            "number": cleaned["number"] or None,
            "batch_id": cleaned["batch"],
            "reference": cleaned["reference"] or None,
            "accepted_from": self.first_instant(),
            "accepted_until": self.last_instant(),
            "cursor": cleaned["cursor"],
        }
