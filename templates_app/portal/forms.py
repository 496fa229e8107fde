"""What customers write: a signature, and the fixed fields of a template."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from smsplatform.filters import ListFilter
from templates_app import queries
from templates_app.models import Market, MessageClass, Signature, Template
from templates_app.services import locales, packs
from templates_app.services.drafting import SignatureFields
from templates_app.states import ReviewState

# Whatever changes the judgement asks for it again.
_JUDGED = {
    "hx-post": reverse_lazy("template-preview"),
    "hx-target": "#judgement",
    "hx-swap": "outerHTML",
    "hx-include": "closest form",
}


def judged(**attributes: Any) -> dict[str, Any]:
    return {**_JUDGED, **attributes}


class StateFilter(ListFilter):
    state = forms.ChoiceField(label=_("State"), required=False)

    field_order = ("state",)

    def __init__(self, data: Any, *, account: Account) -> None:
        super().__init__(data, account=account)
        del self.fields["first_date"], self.fields["last_date"]
        states = [(state, capfirst(label)) for state, label in ReviewState.choices]
        self.fields["state"].choices = [("", _("All states")), *states]  # type: ignore[attr-defined]

    def asked(self) -> dict[str, Any]:
        """What access.page takes; what cannot be read asks for nothing."""
        state = self.cleaned_data["state"] if self.is_valid() else ""
        return {
            "state": state,
            "cursor": self.data.get("cursor", ""),
            "sort": self.data.get("sort", ""),
        }


def _choices(choices: Any) -> list[tuple[str, str]]:
    return [(value, capfirst(label)) for value, label in choices]


class SignatureForm(forms.Form):
    text = forms.CharField(
        label=_("Signature"),
        max_length=16,
        help_text=_("Without brackets: they are added. Exact to the letter."),
    )
    source = forms.ChoiceField(label=_("Where the name comes from"))
    evidence = forms.CharField(
        label=_("Evidence"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "The number of the trademark, the address of the website, the name of the app."
        ),
    )
    kind = forms.ChoiceField(label=_("Used for"))
    market = forms.ChoiceField(label=_("Sent to"))
    is_for_self = forms.BooleanField(
        label=_("It names our own business"), required=False, initial=True
    )

    def __init__(self, data: Any = None, *, initial: Any = None) -> None:
        super().__init__(data, initial=initial, label_suffix="")
        for name, choices in (
            ("source", Signature.Source.choices),
            ("kind", Signature.Kind.choices),
            ("market", Market.choices),
        ):
            self.fields[name].choices = _choices(choices)  # type: ignore[attr-defined]

    @classmethod
    def of(cls, account: Account, signature: Signature | None, data: Any = None) -> "SignatureForm":
        if signature is None:
            return cls(data, initial={"market": packs.market_of(account.country)})
        return cls(data, initial={name: getattr(signature, name) for name in cls.base_fields})

    def written(self) -> SignatureFields:
        return SignatureFields(**self.cleaned_data)


class TemplateForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=60, help_text=_("For you and the reviewer; nobody receives it.")
    )
    message_class = forms.ChoiceField(
        label=_("Class"), widget=forms.Select(attrs=judged()), help_text=_("It sets the rules.")
    )
    market = forms.ChoiceField(label=_("Sent to"), widget=forms.Select(attrs=judged()))
    locale = forms.ChoiceField(label=_("Language"), required=False)
    body = forms.CharField(
        label=_("Text"),
        max_length=500,
        strip=False,
        widget=forms.Textarea(attrs=judged(rows=6, **{"hx-trigger": "input delay:400ms"})),
        help_text=_("Write what changes as ${name}. The signature is added."),
    )
    remark = forms.CharField(
        label=_("When it is sent, and to whom"),
        required=False,
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The reviewer reads this; it makes the review quicker."),
    )

    def __init__(self, data: Any = None, *, initial: Any = None) -> None:
        super().__init__(data, initial=initial, label_suffix="")
        for name, choices in (
            ("message_class", MessageClass.choices),
            ("market", Market.choices),
        ):
            self.fields[name].choices = _choices(choices)  # type: ignore[attr-defined]
        # One that was named by API is offered where it is.
        own = [tag for tag in [self.initial.get("locale")] if tag not in ("", None)]
        self._offer(dict.fromkeys((*own, *locales.OFFERED)))

    @classmethod
    def of(
        cls,
        account: Account,
        template: Template | None,
        data: Any = None,
        *,
        is_translation: bool = False,
    ) -> "TemplateForm":
        """`is_translation`: of the template in one more language."""
        if template is None:
            market = packs.market_of(account.country)
            return cls(data, initial={"market": market, "locale": packs.of(market).locale})
        names = ("name", "message_class", "market", "body", "locale")
        form = cls(data, initial={name: getattr(template, name) for name in names})
        if is_translation:
            form._in_one_more_language(template)
        else:
            form._fix("locale")
            if template.state not in (ReviewState.DRAFT, ReviewState.REJECTED):
                # What was approved never becomes something else.
                form._fix("message_class", "market")
        return form

    def _in_one_more_language(self, template: Template) -> None:
        taken = {one.locale for one in queries.languages(template)}
        self._offer(tag for tag in locales.OFFERED if tag not in taken)
        self.initial["locale"] = ""
        self._fix("message_class")

    def _offer(self, tags: Iterable[str]) -> None:
        self.fields["locale"].choices = [(tag, locales.name(tag)) for tag in tags]  # type: ignore[attr-defined]

    def _fix(self, *names: str) -> None:
        for name in names:
            self.fields[name].disabled = True
