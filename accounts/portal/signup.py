"""The form that a stranger registers with."""

from datetime import datetime
from typing import Any

from allauth.account.forms import SignupForm as AllauthSignupForm
from allauth.core import context
from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import UserAttributeSimilarityValidator
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, TermsVersion, User
from accounts.portal.adapter import of_request
from accounts.portal.phone import e164
from accounts.services import challenge, registration, terms
from accounts.services.registration import COUNTRIES, Applicant
from accounts.services.terms import Origin
from smsplatform.core import clock
from smsplatform.core.errors import DomainError
from smsplatform.core.text import numbers

_SENTENCES = {
    TermsVersion.Kind.TERMS: (_("I agree to the terms of service"), _("Read the terms")),
    TermsVersion.Kind.ANTI_SPAM: (
        _("I give the undertaking against spam"),
        _("Read the undertaking"),
    ),
}


class SignupForm(AllauthSignupForm):  # type: ignore[misc]  # allauth has no types
    """Tells a person from a robot, see `challenge`; agrees to the terms that it shows."""

    kind = forms.ChoiceField(
        label=_("Who registers?"),
        choices=[
            (Account.Kind.COMPANY, _("A company or other organisation")),
            (Account.Kind.PERSON, _("A person")),
        ],
        initial=Account.Kind.COMPANY,
        widget=forms.RadioSelect,
    )
    name = forms.CharField(
        label=_("Name"),
        help_text=_("Of the company, as its licence has it; or your own."),
        max_length=150,
        widget=forms.TextInput({"autocomplete": "organization"}),
    )
    country = forms.ChoiceField(
        label=_("Country"),
        help_text=_("Where the company is registered. It decides the currency."),
        choices=[(code, country.label) for code, country in COUNTRIES.items()],
    )
    language = forms.ChoiceField(
        label=_("Language of our mails"), choices=settings.LANGUAGES, initial=get_language
    )
    phone = forms.CharField(
        label=_("Mobile number"),
        required=False,
        max_length=numbers.LONGEST_INPUT,
        help_text=_("So that we reach you when mail does not. You prove it by a code later."),
        widget=forms.TextInput({"inputmode": "tel", "autocomplete": "tel"}),
    )
    # Hidden by the style sheet; robots fill in whatever there is.
    website = forms.CharField(
        label=_("Leave this field empty"),
        required=False,
        widget=forms.TextInput({"tabindex": "-1", "autocomplete": "off"}),
    )
    ticket = forms.CharField(required=False, widget=forms.HiddenInput)
    opened: challenge.Ticket | None = None
    field_order = ["kind", "name", "country", "language", "email", "phone", "password1"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.address = of_request(context.request)
        self.versions = terms.in_force()
        for version in self.versions:
            self.fields[f"agree_{version.kind}"] = agreement(version)
        self.initial["ticket"] = self._hand_out(clock.now())

    def clean(self) -> dict[str, Any]:
        super().clean()
        self._check_password()
        self._check_phone()
        now = clock.now()
        try:
            self._check_person(now)
        except DomainError as refusal:
            self.add_error(None, refusal.sentence())
        if self.errors:
            self._hand_out_again(now)
        return dict(self.cleaned_data)

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Somebody who has an account already gets a mail, and here the same answer as others."""
        try:
            with transaction.atomic():
                user, response = super().try_save(request)
                self._remember(has_registered=True)
        except IntegrityError:
            # The same form twice at once; the other one has registered.
            return None, redirect("account_login")
        return user, response

    def save(self, request: HttpRequest) -> User:
        with transaction.atomic():
            user: User = super().save(request)
            user.language = self.cleaned_data["language"]
            user.phone = self.cleaned_data["phone"]
            user.save(update_fields=["language", "phone"])
            values = (self.cleaned_data[name] for name in ("kind", "name", "country"))
            registration.register(
                user=user,
                applicant=Applicant(*values),
                version_ids=[version.pk for version in self.versions],
                origin=Origin(self.address or None, request.headers.get("User-Agent", "")),
                now=clock.now(),
            )
        return user

    def _check_password(self) -> None:
        """Not too like the name of the company either; allauth asks only about the e-mail."""
        password, name = (self.cleaned_data.get(each) for each in ("password1", "name"))
        if not password or not name:
            return
        try:
            UserAttributeSimilarityValidator(["name"]).validate(password, User(name=name))
        except forms.ValidationError as error:
            self.add_error("password1", error)

    def _check_phone(self) -> None:
        """Numbers without a country code are of the country that was chosen."""
        phone, country = (self.cleaned_data.get(each, "") for each in ("phone", "country"))
        if not phone or not country:
            return
        try:
            self.cleaned_data["phone"] = e164(phone, region=country)
        except forms.ValidationError as error:
            self.add_error("phone", error)

    def _check_person(self, now: datetime) -> None:
        self.opened = challenge.opened(self.cleaned_data.get("ticket", ""))
        if self.cleaned_data.get("website"):
            raise challenge.FilledIn
        challenge.check(
            ticket=self.opened,
            answer=self.cleaned_data.get("answer", ""),
            is_asked="answer" in self.fields,
            now=now,
        )
        if sorted(self.opened.version_ids) != sorted(version.pk for version in self.versions):
            raise terms.OutOfDate

    def _hand_out(self, now: datetime) -> str:
        """A ticket to answer with, and the sum where this address must work one out."""
        fresh = challenge.issue(version_ids=[version.pk for version in self.versions], now=now)
        if challenge.is_asked(address=self.address, now=now):
            self.fields["answer"] = _sum(fresh)
        return challenge.sealed(fresh)

    def _hand_out_again(self, now: datetime) -> None:
        self._remember(has_registered=False)
        fresh: Any = self.data.copy()  # type: ignore[has-type]  # allauth has no types
        fresh["ticket"], fresh["answer"] = self._hand_out(now), ""
        self.data = fresh

    def _remember(self, *, has_registered: bool) -> None:
        nonce = self.opened.nonce if self.opened else ""
        challenge.remember(
            address=self.address, nonce=nonce, has_registered=has_registered, now=clock.now()
        )


def agreement(version: TermsVersion) -> forms.BooleanField:
    sentence, invitation = _SENTENCES[TermsVersion.Kind(version.kind)]
    link = format_html(
        '<a href="{}" target="_blank">{}</a>',
        reverse("terms-text", args=[version.kind]),
        invitation,
    )
    return forms.BooleanField(label=sentence, help_text=link)


def _sum(ticket: challenge.Ticket) -> forms.CharField:
    return forms.CharField(
        label=ticket.question,
        required=False,
        help_text=_("Several registrations came from your network lately."),
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )
