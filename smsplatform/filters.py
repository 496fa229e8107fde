"""What filters of lists share. A filter is a form that is sent by GET."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from smsplatform.core import days

# A calendar ends, and nobody means the year 1.
_YEARS = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2100, 1, 1))]


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        # What browsers send and read, whatever the language.
        super().__init__(format="%Y-%m-%d")


class ListFilter(forms.Form):
    """Days are whole days in the account's zone, both included."""

    first_date = forms.DateField(
        label=_("From"), required=False, widget=DateInput, validators=_YEARS
    )
    last_date = forms.DateField(
        label=_("Until"), required=False, widget=DateInput, validators=_YEARS
    )

    def __init__(self, data: Any, *, account: Account) -> None:
        super().__init__(data, label_suffix="")
        self.account = account

    @property
    def is_used(self) -> bool:
        return any(value for name, value in self.data.items() if name in self.fields)

    def first_instant(self) -> datetime | None:
        day = self.cleaned_data["first_date"]
        return days.start(day, self.account.timezone) if day else None

    def last_instant(self) -> datetime | None:
        """Exclusive: the first of the day after."""
        day = self.cleaned_data["last_date"]
        return days.end(day, self.account.timezone) if day else None
