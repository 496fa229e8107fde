"""Who is invited, as what; and how somebody who was invited tells who they are."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Invitation, Role, TermsVersion, User
from accounts.portal.signup import agreement
from accounts.services import terms
from accounts.services.joining import Newcomer

# What each role is for, as whoever chooses one reads it.
MEANINGS = {
    Role.OWNER: _("everything, also closing the account"),
    Role.ADMIN: _("everything but closing the account"),
    Role.DEVELOPER: _("sends, writes texts, keeps API keys and webhooks, sees the money"),
    Role.SENDER: _("sends and writes texts"),
    Role.FINANCE: _("sees messages without their recipients, and pays"),
    Role.VIEWER: _("sees messages and texts, without recipients"),
}


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect)

    def __init__(self, data: Any = None, *, roles: Sequence[str], **options: Any) -> None:
        super().__init__(data, label_suffix="", **options)
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            (role, f"{capfirst(str(Role(role).label))}: {MEANINGS[Role(role)]}") for role in roles
        ]


class InvitationForm(RoleForm):
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("A link goes there that works once, for seven days."),
        widget=forms.EmailInput({"autocomplete": "off"}),
    )
    language = forms.ChoiceField(
        label=_("Language of the mail"),
        choices=settings.LANGUAGES,
        initial=get_language,
        help_text=_("Whoever has a login here gets it in the language of their own choice."),
    )
    field_order = ("email", "role", "language")


class NewcomerForm(forms.Form):
    name = forms.CharField(
        label=_("Your name"), max_length=100, widget=forms.TextInput({"autocomplete": "name"})
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=_("At least 15 characters; some words that nobody would guess are best."),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    language = forms.ChoiceField(label=_("Language of our mails"), choices=settings.LANGUAGES)

    def __init__(self, data: Any = None, *, invitation: Invitation) -> None:
        super().__init__(
            data, label_suffix="", initial={"language": invitation.language or get_language()}
        )
        self.invitation = invitation
        self.versions: list[TermsVersion] = terms.in_force()
        # By version: a newer one than was shown is not agreed to.
        for version in self.versions:
            self.fields[f"agree_{version.pk}"] = agreement(version)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if "password" in said:
            user = User(email=self.invitation.email, name=said.get("name", ""))
            try:
                validate_password(said["password"], user)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return said

    def newcomer(self) -> Newcomer:
        return Newcomer(*(self.cleaned_data[name] for name in ("name", "password", "language")))
