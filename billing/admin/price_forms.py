"""What staff write about prices: amounts as people write them, read as a file's lines are."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from billing.models import PriceVersion, Rate
from billing.services import pricing, rate_rows
from billing.states import VersionState
from smsplatform.core.errors import Invalid

_ANY = ("", _("any"))
# Names of this form, where a file has others: a form has a prefix of its own.
_COLUMNS = {"message_class": "class", "digits": "prefix"}
_FIELDS = {column: ours for ours, column in _COLUMNS.items()}


class TableForm(forms.Form):
    file = forms.FileField(
        label=_("Table of prices"),
        help_text=_("CSV in UTF-8, its columns as an export has them."),
        widget=forms.FileInput(attrs={"accept": ".csv"}),
    )
    valid_from = forms.DateTimeField(
        label=capfirst(_("in force from")),
        help_text=_("Such as 2027-01-31 00:00, in the time of this desk."),
    )
    note = forms.CharField(label=capfirst(_("note")), max_length=200, required=False)


class RateForm(forms.ModelForm):  # type: ignore[type-arg]
    version = forms.ModelChoiceField(
        label=capfirst(_("version")),
        queryset=PriceVersion.objects.filter(state=VersionState.DRAFT).select_related("list"),
    )
    country = forms.CharField(
        label=capfirst(_("country")),
        max_length=2,
        required=False,
        help_text=_("Two letters such as CN; empty means any."),
    )
    digits = forms.CharField(
        label=capfirst(_("prefix")),
        max_length=16,
        required=False,
        help_text=_("The first digits of the number, the country's included; the longest wins."),
    )
    message_class = forms.ChoiceField(
        label=capfirst(_("class")),
        required=False,
        choices=[_ANY, *((name, name) for name in pricing.CLASSES)],
    )
    route = forms.ChoiceField(
        label=capfirst(_("route")), required=False, choices=[_ANY, *Rate.Route.choices]
    )
    price = forms.CharField(label=capfirst(_("price a part")), max_length=20)
    floor = forms.CharField(label=capfirst(_("floor")), max_length=20, required=False)
    basis = forms.ChoiceField(label=capfirst(_("charged when")), choices=Rate.Basis.choices)
    tier_mode = forms.ChoiceField(
        label=capfirst(_("tiers")), required=False, choices=Rate.TierMode.choices
    )
    counted_as = forms.CharField(label=capfirst(_("counted as")), max_length=20, required=False)
    tiers = forms.CharField(
        label=capfirst(_("steps")),
        required=False,
        max_length=400,
        help_text=_("Above so many parts of a month: this price. 1000000:0.060 3000000:0.055"),
    )

    class Meta:
        model = Rate
        fields = ("version",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        instance = kwargs.get("instance")
        if instance is not None:
            shown = rate_rows.write(instance)
            shown.update({ours: shown.pop(column) for ours, column in _COLUMNS.items()})
            kwargs["initial"] = {**shown, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        asked = {name: value for name, value in cleaned.items() if isinstance(value, str)}
        asked.update({column: asked.pop(ours, "") for ours, column in _COLUMNS.items()})
        try:
            read = rate_rows.read(asked)
        except Invalid as invalid:
            for problem in invalid.errors:
                name = _FIELDS.get(problem.field, problem.field)
                self.add_error(name if name in self.fields else None, problem.sentence())
            return cleaned
        for name in Rate.CONTENT:
            setattr(self.instance, name, getattr(read, name))
        # The desk writes the fields that it knows once more, as they are told here.
        return {**cleaned, **{name: getattr(read, name) for name in Rate.CONTENT}}

    def _get_validation_exclusions(self) -> Any:
        """What was written into the instance here is checked with it."""
        excluded = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded if self.errors else excluded - {*Rate.CONTENT}
