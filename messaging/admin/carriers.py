"""Carriers: how they are reached, what their words mean, how they are."""

import re
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from messaging.models import Carrier, Health
from messaging.services.attempts import Outcome
from messaging.smpp import status
from smsplatform.core import vault
from smsplatform.core.admin import Audited

# What a carrier may mean; that nothing was sent is only ours to know.
_MEANINGS = [one.value for one in Outcome if one != Outcome.NOT_SENT]
_SMPP_NUMBER = re.compile(r"0x[0-9a-f]{1,8}", re.IGNORECASE | re.ASCII)
_HTTP_STATUS = re.compile(r"[1-5][0-9]{2}", re.ASCII)


class CarrierForm(forms.ModelForm):  # type: ignore[type-arg]
    """The password goes in and never comes out."""

    password = forms.CharField(
        label=capfirst(_("password")),
        required=False,
        strip=False,
        max_length=64,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Leave it empty to keep the one that is stored."),
    )

    class Meta:
        model = Carrier
        fields = (
            "name",
            "kind",
            "host",
            "port",
            "system_id",
            "window",
            "rate_per_second",
            "answers",
            "id_spelling",
            "access_code",
            "takes_extensions",
            "takes_sender_ids",
            "is_active",
        )
        help_texts = {
            "answers": _(
                "Only where they differ from the usual: a status, then its meaning (accepted,"
                " throttled, refused_for_now, refused, unknown). For SMPP"
                ' {"THROTTLED": "refused"} or {"0x0000000B": "throttled"},'
                ' for HTTP {"503": "throttled"}.'
            )
        }

    def clean_answers(self) -> Any:
        return self.cleaned_data["answers"] or {}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "answers" in cleaned and "kind" in cleaned:
            try:
                check_answers(cleaned["answers"], kind=cleaned["kind"])
            except forms.ValidationError as error:
                self.add_error("answers", error)
        return cleaned

    def save(self, commit: bool = True) -> Carrier:
        if self.cleaned_data["password"]:
            self.instance.sealed_password = vault.seal(self.cleaned_data["password"])
        carrier: Carrier = super().save(commit=commit)
        return carrier


def check_answers(answers: Any, *, kind: str) -> None:
    """A word that nobody reads would take effect in the middle of the night."""
    if not isinstance(answers, dict):
        raise forms.ValidationError(_("Write an object: a status, then its meaning."))
    for word, meaning in answers.items():
        if meaning not in _MEANINGS:
            raise forms.ValidationError(
                _("“%(meaning)s” is no meaning; write one of %(known)s."),
                params={"meaning": meaning, "known": ", ".join(_MEANINGS)},
            )
        if not (_is_smpp(word) if kind == Carrier.Kind.SMPP else _HTTP_STATUS.fullmatch(word)):
            raise forms.ValidationError(
                _("“%(word)s” is no status of this kind of carrier."), params={"word": word}
            )
        if _is_success(word, kind) and meaning != Outcome.ACCEPTED:
            raise forms.ValidationError(
                _("“%(word)s” says that it was taken; sent again, it would arrive twice."),
                params={"word": word},
            )


def _is_smpp(word: str) -> bool:
    return word.strip().upper() in status.NUMBERS or bool(_SMPP_NUMBER.fullmatch(word.strip()))


def _is_success(word: str, kind: str) -> bool:
    if kind != Carrier.Kind.SMPP:
        return word.startswith("2")
    word = word.strip().upper()
    return (status.NUMBERS[word] if word in status.NUMBERS else int(word, 16)) == status.OK


@admin.register(Carrier)
class CarrierAdmin(Audited):
    """Messages name their carrier for as long as they are kept: switch it off, never delete it."""

    form = CarrierForm
    list_display = (
        "name", "kind", "host", "port", "rate_per_second", "window", "is_active", "circuit",
        "reason", "since",
    )  # fmt: skip
    list_select_related = ("health",)
    readonly_fields = ("circuit", "reason", "since", "resends")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("circuit"))
    def circuit(self, carrier: Carrier) -> Any:
        return Health.Circuit(_health(carrier).circuit).label

    @admin.display(description=_("reason"))
    def reason(self, carrier: Carrier) -> str:
        return _health(carrier).reason or "–"

    @admin.display(description=_("since"))
    def since(self, carrier: Carrier) -> str:
        at = _health(carrier).changed_at
        return formats.localize(timezone.localtime(at)) if at else "–"

    @admin.display(description=_("unknown outcomes"))
    def resends(self, carrier: Carrier) -> Any:
        return Health.Resends(_health(carrier).resends).label


def _health(carrier: Carrier) -> Health:
    """Of one that never had trouble there is no row."""
    return getattr(carrier, "health", None) or Health(carrier=carrier)
