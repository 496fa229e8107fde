"""What a reader may ask of the list of messages."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from messaging.states import State
from smsplatform.core import days
from smsplatform.core.text import numbers

# `uncertain` is a word for inside; outside it is still being sent.
_STATES = [(state, capfirst(label)) for state, label in State.choices if state != State.UNCERTAIN]
_INVALID_NUMBER = _("This is not a mobile number; write it like +86 138 0013 8000.")
_INVALID_BATCH = _("This is not the id of a batch; copy it from the answer of the API.")


# A calendar ends, and nobody means the year 1.
_YEARS = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2100, 1, 1))]


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        # What browsers send and read, whatever the language.
        super().__init__(format="%Y-%m-%d")


class MessageFilter(forms.Form):
    """Days are whole days in the account's zone."""

    state = forms.ChoiceField(label=_("State"), required=False)
    number = forms.CharField(label=_("Number"), required=False, max_length=numbers.LONGEST_INPUT)
    first_date = forms.DateField(
        label=_("From"), required=False, widget=DateInput, validators=_YEARS
    )
    last_date = forms.DateField(
        label=_("Until"), required=False, widget=DateInput, validators=_YEARS
    )
    batch = forms.UUIDField(
        label=_("Batch"), required=False, error_messages={"invalid": _INVALID_BATCH}
    )
    cursor = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, account: Account) -> None:
        super().__init__(data, label_suffix="")
        self.account = account
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

    @property
    def is_used(self) -> bool:
        return any(value for name, value in self.data.items() if name in self.fields)

    def filters(self) -> dict[str, Any]:
        """What messaging.queries.page takes."""
        cleaned = self.cleaned_data
        return {
            "state": cleaned["state"] or None,
            "number": cleaned["number"] or None,
            "batch_id": cleaned["batch"],
            "accepted_from": self._edge(cleaned["first_date"], days.start),
            "accepted_until": self._edge(cleaned["last_date"], days.end),
            "cursor": cleaned["cursor"],
        }

    def _edge(self, day: date | None, edge: Any) -> datetime | None:
        return edge(day, self.account.timezone) if day else None
