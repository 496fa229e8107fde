"""What a reader asks of the list of suppressed numbers, and what somebody adds to it."""

import re
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Account
from messaging.services.registering import MOST, Wanted
from smsplatform.core.text import numbers
from templates_app.models import MessageClass, Signature

_INVALID = _("This is not a mobile number; write it like +86 138 0013 8000.")
_BETWEEN = re.compile(r"[\n\r,;，；]+")
_SHOWN = 5


class SuppressionFilter(forms.Form):
    """`history` shows what is over instead of what is in force."""

    number = forms.CharField(label=_("Number"), required=False, max_length=numbers.LONGEST_INPUT)
    history = forms.BooleanField(label=_("Lifted and ended ones"), required=False)
    cursor = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, account: Account) -> None:
        super().__init__(data, label_suffix="")
        self._region = account.country
        self.fields["number"].widget.attrs["inputmode"] = "tel"

    def clean_number(self) -> str:
        typed = self.cleaned_data["number"]
        if not typed:
            return ""
        try:
            return numbers.parse(typed, region=self._region).e164
        except numbers.NumberError as error:
            raise forms.ValidationError(_INVALID, code=error.code) from error

    @property
    def is_used(self) -> bool:
        return any(self.data.get(name) for name in self.fields)


class SuppressionForm(forms.Form):
    numbers = forms.CharField(
        label=_("Numbers"),
        help_text=_("One in each line, or with commas between them; {most} at most.").format(
            most=MOST
        ),
        max_length=MOST * numbers.LONGEST_INPUT,
        widget=forms.Textarea(attrs={"rows": 8, "autocomplete": "off", "spellcheck": "false"}),
    )
    message_class = forms.ChoiceField(
        label=_("What they do not get any more"),
        required=False,
        choices=[("", _("Everything, verification codes too"))],
    )
    signature = forms.ChoiceField(label=_("Under which signature"), required=False)
    note = forms.CharField(
        label=_("Note"),
        help_text=_("For your colleagues: who asked for it, and when."),
        required=False,
        max_length=200,
    )

    def __init__(self, data: Any = None, *, account: Account) -> None:
        super().__init__(data, label_suffix="")
        self._region = account.country
        classes: Any = self.fields["message_class"]
        classes.choices = [
            *classes.choices,
            *((value, capfirst(label)) for value, label in reversed(MessageClass.choices)),
        ]
        signatures: Any = self.fields["signature"]
        texts = Signature.objects.for_account(account).order_by("id").values_list("text", flat=True)
        signatures.choices = [("", _("Every signature")), *((text, text) for text in texts)]

    def clean_numbers(self) -> list[str]:
        typed = [line.strip() for line in _BETWEEN.split(self.cleaned_data["numbers"])]
        typed = [line for line in typed if line]
        if len(typed) > MOST:
            raise forms.ValidationError(
                _("These are {count} numbers; add {most} at a time.").format(
                    count=len(typed), most=MOST
                ),
                code="too_many",
            )
        found, wrong = self._read(typed)
        if wrong:
            raise forms.ValidationError(_refused(wrong), code="number_invalid")
        return list(dict.fromkeys(found))

    def wanted(self) -> list[Wanted]:
        said = self.cleaned_data
        return [
            Wanted(
                number=number,
                message_class=said["message_class"],
                signature=said["signature"],
                note=said["note"],
            )
            for number in said["numbers"]
        ]

    def _read(self, typed: list[str]) -> tuple[list[str], list[str]]:
        found, wrong = [], []
        for line in typed:
            try:
                found.append(numbers.parse(line, region=self._region).e164)
            except numbers.NumberError:
                wrong.append(line)
        return found, wrong


def _refused(wrong: list[str]) -> str:
    shown = ", ".join(line[: numbers.LONGEST_INPUT] for line in wrong[:_SHOWN])
    sentence = ngettext(
        "{count} line is no mobile number: {shown}. Mend it or take it out.",
        "{count} lines are no mobile numbers: {shown}. Mend them or take them out.",
        len(wrong),
    )
    more = " …" if len(wrong) > _SHOWN else ""
    return sentence.format(count=len(wrong), shown=f"{shown}{more}")
