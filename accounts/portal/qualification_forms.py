"""The steps in which a company's papers are filled in. A draft may be kept half done."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import phonenumbers
from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.models import Qualification, QualificationPerson
from accounts.services import requirements
from smsplatform.core.errors import Problem
from smsplatform.core.text import companies, numbers

_NOT_A_COUNTRY = _("Write the two letters of a country, such as CN.")
_NOT_A_NUMBER = _("This is not a mobile number; write it like +86 138 0013 8000.")
_KEPT = _("Kept: it ends in {tail}. Leave this empty to keep it.")
_SAID = _("The reviewer:")
_LABELS = {
    "legal": _("Legal representative"),
    "handler": _("Handler"),
}


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        # What browsers send and read, whatever the language.
        super().__init__(format="%Y-%m-%d")


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=DateInput)


class StartForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("Who are you?"),
        choices=[("company", _("A company or organisation")), ("person", _("A person"))],
        initial="company",
        widget=forms.RadioSelect,
    )
    country = forms.CharField(
        label=_("Country of registration"),
        max_length=2,
        help_text=_("Two letters, such as CN."),
    )
    use = forms.ChoiceField(
        label=_("Who will messages be sent for?"),
        choices=[
            ("self", _("Ourselves")),
            ("other", _("Another company, which has given us an authorisation letter")),
        ],
        initial="self",
        widget=forms.RadioSelect,
    )

    def __init__(self, data: Any = None, *, country: str) -> None:
        super().__init__(data, initial={"country": country}, label_suffix="")

    def clean_country(self) -> str:
        country: str = self.cleaned_data["country"].upper()
        if country not in phonenumbers.SUPPORTED_REGIONS:
            raise forms.ValidationError(_NOT_A_COUNTRY)
        return country

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("kind") == "person" and cleaned.get("use") == "other":
            self.add_error("use", _("Only a company can act for another company."))
        return cleaned

    @property
    def chosen(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        chosen = {name: cleaned[name] for name in ("kind", "country")}
        return {**chosen, "for_self": cleaned["use"] == "self"}


class StepForm(forms.Form):
    """`needed` must be filled before the next step; what the reviewer said stands at its field."""

    use_required_attribute = False
    error_css_class = ""

    def __init__(self, data: Any, *, initial: Mapping[str, Any], needed: Iterable[str]) -> None:
        super().__init__(data, initial=dict(initial), label_suffix="")
        for name in needed:
            if name in self.fields:
                self.fields[name].required = True

    def tell(self, said: Mapping[str, Collection[str]]) -> None:
        for name, texts in said.items():
            if name not in self.fields:
                continue
            field = self.fields[name]
            for text in texts:
                field.help_text = format_html(
                    '{} <strong class="field-said">{} {}</strong>', field.help_text, _SAID, text
                )

    def blame(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            where = problem.field if problem.field in self.fields else None
            self.add_error(where, problem.sentence())


class CompanyForm(StepForm):
    name = forms.CharField(
        label=_("Registered name"),
        max_length=150,
        required=False,
        help_text=_("Exactly as it is printed on the licence."),
    )
    company_type = forms.ChoiceField(
        label=_("Type of company"),
        required=False,
        choices=[("", _("Please choose")), *Qualification.CompanyType.choices],
    )
    registration_number = forms.CharField(max_length=40, required=False)
    licence_from_date = _day(_("Licence valid from"))
    licence_until_date = _day(_("Licence valid until"))
    is_licence_endless = forms.BooleanField(label=_("The licence has no end"), required=False)
    letter_from_date = _day(_("Authorisation letter valid from"))
    letter_until_date = _day(_("Authorisation letter valid until"))
    remark = forms.CharField(
        label=_("Note for the reviewer"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: Any, *, qualification: Qualification, **values: Any) -> None:
        super().__init__(data, **values)
        pack = requirements.pack_of(qualification.country)
        self.fields["registration_number"].label = str(pack.number_label)
        self._pack = pack
        unwanted: tuple[str, ...] = (
            () if not qualification.for_self else ("letter_from_date", "letter_until_date")
        )
        if not qualification.is_company:
            unwanted = tuple(name for name in self.fields if name != "remark")
        elif "licence_until_date" not in pack.company:
            unwanted = (*unwanted, "is_licence_endless")
        for name in unwanted:
            del self.fields[name]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("is_licence_endless"):
            cleaned["licence_until_date"] = None
            self.errors.pop("licence_until_date", None)
        for paper in ("licence", "letter"):
            begins, ends = (cleaned.get(f"{paper}_{end}_date") for end in ("from", "until"))
            if begins and ends and ends < begins:
                self.add_error(f"{paper}_until_date", _("This is before it begins."))
        number = cleaned.get("registration_number")
        if number and not self._pack.is_number(companies.normalise(number)):
            self.add_error("registration_number", str(self._pack.number_problem))
        return cleaned


class PeopleForm(StepForm):
    """The fields of each role that the pack asks for, as `<role>_<field>`."""

    def __init__(
        self,
        data: Any,
        *,
        people: Mapping[str, QualificationPerson],
        roles: Collection[str],
        **values: Any,
    ) -> None:
        super().__init__(data, **values)
        self.roles = roles
        self._people = people
        for role in roles:
            self._add(role, people.get(role))
        for name in values["needed"]:
            if name in self.fields and not self._is_kept(name):
                self.fields[name].required = True

    @property
    def groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        return [
            (_LABELS[role], [self[name] for name in self.fields if name.startswith(f"{role}_")])
            for role in self.roles
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for role in self.roles:
            if cleaned.get(f"{role}_is_endless"):
                cleaned[f"{role}_until_date"] = None
                self.errors.pop(f"{role}_until_date", None)
        phone = cleaned.get("handler_phone")
        if phone:
            try:
                cleaned["handler_phone"] = numbers.parse(phone, region="CN").e164
            except numbers.NumberError:
                self.add_error("handler_phone", _NOT_A_NUMBER)
        return cleaned

    def people(self) -> dict[str, dict[str, Any]]:
        """As `qualification.edit` takes them."""
        return {role: self._person(role) for role in self.roles}

    def _person(self, role: str) -> dict[str, Any]:
        names = {"until_date": "valid_until_date"}
        values = {
            name.removeprefix(f"{role}_"): self.cleaned_data.get(name)
            for name in self.fields
            if name.startswith(f"{role}_")
        }
        return {names.get(name, name): value for name, value in values.items()}

    def _is_kept(self, name: str) -> bool:
        role, _underscore, rest = name.partition("_")
        person = self._people.get(role)
        return rest == "id_number" and person is not None and bool(person.sealed_id_number)

    def _add(self, role: str, person: QualificationPerson | None) -> None:
        kept = _KEPT.format(tail=person.id_tail) if person and person.id_tail else ""
        id_types = [("", _("Please choose")), *QualificationPerson.IdType.choices]
        made: dict[str, forms.Field] = {
            "name": forms.CharField(label=_("Name"), max_length=50, required=False),
            "id_type": forms.ChoiceField(label=_("Document"), choices=id_types, required=False),
            "id_number": forms.CharField(
                label=_("Number of the document"),
                max_length=40,
                required=False,
                help_text=kept,
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            ),
            "until_date": _day(_("Document valid until")),
            "is_endless": forms.BooleanField(label=_("The document has no end"), required=False),
        }
        if role == "handler":
            made["phone"] = forms.CharField(
                label=_("Mobile number"),
                max_length=numbers.LONGEST_INPUT,
                required=False,
                widget=forms.TextInput(attrs={"inputmode": "tel"}),
            )
        for name, field in made.items():
            self.fields[f"{role}_{name}"] = field
        if person:
            initial = {name: getattr(person, name, "") for name in made if name != "id_number"}
            initial["until_date"] = person.valid_until_date
            self.initial.update({f"{role}_{name}": value for name, value in initial.items()})
